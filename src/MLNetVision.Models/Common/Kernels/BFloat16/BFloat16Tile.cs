using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Kernels.BFloat16;

/// <summary>
/// A tile of a product of bfloat16 matrices, C[r, :] = start + Σₖ A[r, k] · B[k, :], for as many rows and columns as
/// its kernel has. k goes in pairs: A's are two neighbours in a row, B's panel holds for each pair the columns, and for
/// each column its two numbers. Pitches and strides are in bytes. The machine code knows the layout.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 768)]
internal unsafe struct BFloat16Tile
{
    /// <summary>The first row of A.</summary>
    [FieldOffset(0)]
    public ushort* A;

    /// <summary>From a row of A to the next.</summary>
    [FieldOffset(8)]
    public nint APitch;

    /// <summary>From a run of A to the next.</summary>
    [FieldOffset(16)]
    public nint RunStride;

    /// <summary>The pairs of a run.</summary>
    [FieldOffset(24)]
    public nint RunPairs;

    /// <summary>The runs; the kernel counts them down.</summary>
    [FieldOffset(32)]
    public nint Runs;

    /// <summary>Where the kernel counts the pairs of a run.</summary>
    [FieldOffset(40)]
    public nint PairsLeft;

    /// <summary>The panel of B.</summary>
    [FieldOffset(48)]
    public ushort* B;

    /// <summary>What every row's sums start with.</summary>
    [FieldOffset(56)]
    public float* Start;

    /// <summary>Where the sums go.</summary>
    [FieldOffset(64)]
    public float* C;

    /// <summary>From a row of C to the next.</summary>
    [FieldOffset(72)]
    public nint CPitch;

    /// <summary>Where the kernel saves vector registers 6 to 15, which Windows wants back.</summary>
    [FieldOffset(128)]
    public fixed float Saved[10 * 16];
}
