using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Kernels.Memory;

/// <summary>Floats outside the managed heap, aligned to a cache line.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    private const nuint CacheLine = 64;

    public NativeBuffer(long length)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)Math.Max(1, length) * sizeof(float), CacheLine));
        Poison();
    }

    /// <summary>The number of floats.</summary>
    public long Length { get; }

    /// <exception cref="ObjectDisposedException">The memory was freed.</exception>
    public float* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (float*)handle;
        }
    }

    public override bool IsInvalid => handle == 0;

    /// <exception cref="ObjectDisposedException">The memory was freed.</exception>
    public Span<float> Span => new(Pointer, checked((int)Length));

    /// <summary>Marks the contents as arbitrary again.</summary>
    public void Poison() => BufferPoison.Fill(Pointer, Length);

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
