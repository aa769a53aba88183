namespace MLNetVision.Models.Common.Kernels.Gemm;

/// <summary>
/// One tile of a product C = start + A · B and what is done with it before it is stored:
/// C[r, :] = (start[r, :] + Σₖ A[r, k] · B[k, :]) · scale[r], then hardswish, then + residual[r, :].
/// </summary>
/// <remarks>
/// A's elements k = 0, 1, … lie in <see cref="Runs"/> runs of <see cref="RunLength"/> consecutive numbers: one run for
/// a matrix, one per line of the kernel for a convolution over pixels whose channels are consecutive. Memory of A and
/// of the start may be read up to a full tile's last row, even when fewer rows are stored. Pitches are in elements.
/// </remarks>
internal unsafe struct GemmTile
{
    /// <summary>The first row's first element of A.</summary>
    public float* A;

    /// <summary>From a row of A to the next.</summary>
    public nint APitch;

    /// <summary>The number of runs.</summary>
    public int Runs;

    /// <summary>From a run to the next.</summary>
    public nint RunStride;

    /// <summary>The elements of a run.</summary>
    public nint RunLength;

    /// <summary>The panel of B: for each k the tile's columns, consecutive.</summary>
    public float* B;

    /// <summary>What the sums start with: a bias per column (pitch 0) or per element.</summary>
    public float* Start;

    /// <summary>From a row of the start to the next.</summary>
    public nint StartPitch;

    /// <summary>A factor per row, or null.</summary>
    public float* Scale;

    /// <summary>Whether hardswish is applied.</summary>
    public bool Hardswish;

    /// <summary>What is added at the end, or null; may be the memory of C.</summary>
    public float* Residual;

    /// <summary>From a row of the residual to the next.</summary>
    public nint ResidualPitch;

    /// <summary>Where the tile goes.</summary>
    public float* C;

    /// <summary>From a row of C to the next.</summary>
    public nint CPitch;

    /// <summary>The rows that are stored.</summary>
    public int Rows;
}
