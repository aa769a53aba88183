using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels;

/// <summary>
/// The innermost product: 12 rows times a panel of 32 columns. All partial sums stay in registers, so that each
/// multiply-add reads one value of a row (broadcast) and one or two vectors of the panel.
/// </summary>
/// <remarks>
/// Rows lie in chunks of 256 inputs, in each chunk row after row with a gap that keeps them out of each other's cache
/// sets: the offset of a row is then a constant of the instruction.
/// </remarks>
internal static unsafe class MatrixKernel
{
    /// <summary>The rows of a block.</summary>
    public const int Rows = 12;

    /// <summary>The inputs of a chunk.</summary>
    public const int Chunk = 256;

    /// <summary>From one row of a chunk to the next.</summary>
    public const int RowStride = Chunk + 16;

    /// <summary>From one chunk to the next.</summary>
    public const int ChunkStride = Rows * RowStride;

    private const int Width = PackedMatrix.PanelWidth;

    /// <summary>The floats that a block of rows takes.</summary>
    public static int BlockLength(int inputs) => (inputs + Chunk - 1) / Chunk * ChunkStride;

    /// <param name="rows">A block of rows.</param>
    /// <param name="panel">A panel of <see cref="PackedMatrix"/>.</param>
    /// <param name="inputs">The length of the rows.</param>
    /// <param name="sums">Takes 12 × 32 sums, row after row.</param>
    /// <param name="used">The rows that are wanted; the sums of others may be left out.</param>
    public static void Multiply(float* rows, float* panel, int inputs, float* sums, int used = Rows)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Multiply512(rows, panel, inputs, sums);
        }
        else
        {
            Multiply256(rows, panel, inputs, sums, used);
        }
    }

    /// <summary>Two vectors of 16 for each of 12 rows: 24 of AVX-512's 32 registers hold sums.</summary>
    public static void Multiply512(float* rows, float* panel, int inputs, float* sums)
    {
        Vector512<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        Vector512<float> e0 = default, e1 = default, f0 = default, f1 = default, g0 = default, g1 = default, h0 = default, h1 = default;
        Vector512<float> i0 = default, i1 = default, j0 = default, j1 = default, k0 = default, k1 = default, l0 = default, l1 = default;
        for (int start = 0; start < inputs; start += Chunk, rows += ChunkStride)
        {
            float* end = rows + Math.Min(Chunk, inputs - start);
            for (float* x = rows; x < end; x++, panel += Width)
            {
                Vector512<float> p0 = Vector512.Load(panel), p1 = Vector512.Load(panel + 16);
                Vector512<float> v = Vector512.Create(x[0]);
                a0 = Vector512.FusedMultiplyAdd(v, p0, a0);
                a1 = Vector512.FusedMultiplyAdd(v, p1, a1);
                v = Vector512.Create(x[1 * RowStride]);
                b0 = Vector512.FusedMultiplyAdd(v, p0, b0);
                b1 = Vector512.FusedMultiplyAdd(v, p1, b1);
                v = Vector512.Create(x[2 * RowStride]);
                c0 = Vector512.FusedMultiplyAdd(v, p0, c0);
                c1 = Vector512.FusedMultiplyAdd(v, p1, c1);
                v = Vector512.Create(x[3 * RowStride]);
                d0 = Vector512.FusedMultiplyAdd(v, p0, d0);
                d1 = Vector512.FusedMultiplyAdd(v, p1, d1);
                v = Vector512.Create(x[4 * RowStride]);
                e0 = Vector512.FusedMultiplyAdd(v, p0, e0);
                e1 = Vector512.FusedMultiplyAdd(v, p1, e1);
                v = Vector512.Create(x[5 * RowStride]);
                f0 = Vector512.FusedMultiplyAdd(v, p0, f0);
                f1 = Vector512.FusedMultiplyAdd(v, p1, f1);
                v = Vector512.Create(x[6 * RowStride]);
                g0 = Vector512.FusedMultiplyAdd(v, p0, g0);
                g1 = Vector512.FusedMultiplyAdd(v, p1, g1);
                v = Vector512.Create(x[7 * RowStride]);
                h0 = Vector512.FusedMultiplyAdd(v, p0, h0);
                h1 = Vector512.FusedMultiplyAdd(v, p1, h1);
                v = Vector512.Create(x[8 * RowStride]);
                i0 = Vector512.FusedMultiplyAdd(v, p0, i0);
                i1 = Vector512.FusedMultiplyAdd(v, p1, i1);
                v = Vector512.Create(x[9 * RowStride]);
                j0 = Vector512.FusedMultiplyAdd(v, p0, j0);
                j1 = Vector512.FusedMultiplyAdd(v, p1, j1);
                v = Vector512.Create(x[10 * RowStride]);
                k0 = Vector512.FusedMultiplyAdd(v, p0, k0);
                k1 = Vector512.FusedMultiplyAdd(v, p1, k1);
                v = Vector512.Create(x[11 * RowStride]);
                l0 = Vector512.FusedMultiplyAdd(v, p0, l0);
                l1 = Vector512.FusedMultiplyAdd(v, p1, l1);
            }
        }

        Store(sums, 0, a0, a1);
        Store(sums, 1, b0, b1);
        Store(sums, 2, c0, c1);
        Store(sums, 3, d0, d1);
        Store(sums, 4, e0, e1);
        Store(sums, 5, f0, f1);
        Store(sums, 6, g0, g1);
        Store(sums, 7, h0, h1);
        Store(sums, 8, i0, i1);
        Store(sums, 9, j0, j1);
        Store(sums, 10, k0, k1);
        Store(sums, 11, l0, l1);
    }

    /// <summary>Two vectors of 8 for each of 6 rows: 12 of AVX2's 16 registers hold sums; four such tiles make the block.</summary>
    public static void Multiply256(float* rows, float* panel, int inputs, float* sums, int used = Rows)
    {
        for (int row = 0; row < used; row += 6)
        {
            for (int column = 0; column < Width; column += 16)
            {
                Tile256(rows + row * RowStride, panel + column, inputs, sums + row * Width + column);
            }
        }
    }

    private static void Tile256(float* rows, float* panel, int inputs, float* sums)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
        Vector256<float> d0 = default, d1 = default, e0 = default, e1 = default, f0 = default, f1 = default;
        for (int start = 0; start < inputs; start += Chunk, rows += ChunkStride)
        {
            float* end = rows + Math.Min(Chunk, inputs - start);
            for (float* x = rows; x < end; x++, panel += Width)
            {
                Vector256<float> p0 = Vector256.Load(panel), p1 = Vector256.Load(panel + 8);
                Vector256<float> v = Vector256.Create(x[0]);
                a0 = Vector256.FusedMultiplyAdd(v, p0, a0);
                a1 = Vector256.FusedMultiplyAdd(v, p1, a1);
                v = Vector256.Create(x[1 * RowStride]);
                b0 = Vector256.FusedMultiplyAdd(v, p0, b0);
                b1 = Vector256.FusedMultiplyAdd(v, p1, b1);
                v = Vector256.Create(x[2 * RowStride]);
                c0 = Vector256.FusedMultiplyAdd(v, p0, c0);
                c1 = Vector256.FusedMultiplyAdd(v, p1, c1);
                v = Vector256.Create(x[3 * RowStride]);
                d0 = Vector256.FusedMultiplyAdd(v, p0, d0);
                d1 = Vector256.FusedMultiplyAdd(v, p1, d1);
                v = Vector256.Create(x[4 * RowStride]);
                e0 = Vector256.FusedMultiplyAdd(v, p0, e0);
                e1 = Vector256.FusedMultiplyAdd(v, p1, e1);
                v = Vector256.Create(x[5 * RowStride]);
                f0 = Vector256.FusedMultiplyAdd(v, p0, f0);
                f1 = Vector256.FusedMultiplyAdd(v, p1, f1);
            }
        }

        Store(sums, 0, a0, a1);
        Store(sums, 1, b0, b1);
        Store(sums, 2, c0, c1);
        Store(sums, 3, d0, d1);
        Store(sums, 4, e0, e1);
        Store(sums, 5, f0, f1);
    }

    private static void Store(float* sums, int row, Vector512<float> left, Vector512<float> right)
    {
        Vector512.Store(left, sums + row * Width);
        Vector512.Store(right, sums + row * Width + 16);
    }

    private static void Store(float* sums, int row, Vector256<float> left, Vector256<float> right)
    {
        Vector256.Store(left, sums + row * Width);
        Vector256.Store(right, sums + row * Width + 8);
    }
}
