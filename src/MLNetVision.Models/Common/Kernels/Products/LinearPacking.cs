using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLNetVision.Imaging.Levels;

namespace MLNetVision.Models.Common.Kernels.Products;

/// <summary>Brings the sides of <see cref="LinearProducts"/> into the order in which the kernels read them.</summary>
internal static unsafe class LinearPacking
{
    private const int Columns = OuterProductKernel.Columns, TransposedLength = 64, BlockSide = 8;

    /// <summary>Copies a panel's columns row by row.</summary>
    /// <param name="source">The panel's first element.</param>
    /// <param name="stride">From one row to the next.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="target">(rows, panel's columns).</param>
    public static void Panel(float* source, nint stride, int rows, float* target)
    {
        for (; rows > 0; rows--, source += stride, target += Columns)
        {
            Vector512<float> left = Vector512.Load(source), right = Vector512.Load(source + 16);
            left.Store(target);
            right.Store(target + 16);
        }
    }

    /// <summary>Transposes the rows of a panel: for each element its value in all rows.</summary>
    /// <param name="source">The panel's first row.</param>
    /// <param name="stride">From one row to the next.</param>
    /// <param name="length">The elements of a row.</param>
    /// <param name="target">(length, panel's rows).</param>
    public static void TransposedPanel(float* source, nint stride, int length, float* target) => Transpose(source, stride, Columns, length, target, Columns);

    /// <summary>Transposes a matrix.</summary>
    /// <param name="source">(rows, columns).</param>
    /// <param name="stride">From one row to the next.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="target">(columns, rows).</param>
    /// <param name="pitch">From one row of the target to the next.</param>
    public static void Transpose(float* source, nint stride, int rows, int columns, float* target, nint pitch)
    {
        // A few elements of all rows at a time, so that the target's lines are complete before they leave the cache.
        int wholeRows = KernelLevels.UsesAvx2 ? rows / BlockSide * BlockSide : 0;
        for (int first = 0; first < columns; first += TransposedLength)
        {
            int end = Math.Min(columns, first + TransposedLength), whole = first + (end - first) / BlockSide * BlockSide;
            for (int row = 0; row < wholeRows; row += BlockSide)
            {
                for (int i = first; i < whole; i += BlockSide)
                {
                    TransposeBlock(source + row * stride + i, stride, target + i * pitch + row, pitch);
                }

                TransposeRest(source + row * stride, stride, BlockSide, (whole, end), target + row, pitch);
            }

            TransposeRest(source + wholeRows * stride, stride, rows - wholeRows, (first, end), target + wholeRows, pitch);
        }
    }

    private static void TransposeRest(float* source, nint stride, int rows, (int First, int End) columns, float* target, nint pitch)
    {
        for (int i = columns.First; i < columns.End; i++)
        {
            for (int j = 0; j < rows; j++)
            {
                target[i * pitch + j] = source[j * stride + i];
            }
        }
    }

    // Eight elements of eight rows: pairs of rows interleaved, then pairs of pairs, then the halves of the vectors exchanged.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeBlock(float* source, nint stride, float* target, nint pitch)
    {
        Vector256<float> r0 = Vector256.Load(source), r1 = Vector256.Load(source + stride), r2 = Vector256.Load(source + 2 * stride), r3 = Vector256.Load(source + 3 * stride);
        source += 4 * stride;
        Vector256<float> r4 = Vector256.Load(source), r5 = Vector256.Load(source + stride), r6 = Vector256.Load(source + 2 * stride), r7 = Vector256.Load(source + 3 * stride);
        (Vector256<float> a0, Vector256<float> a1, Vector256<float> a2, Vector256<float> a3) = TransposeQuads(r0, r1, r2, r3);
        (Vector256<float> b0, Vector256<float> b1, Vector256<float> b2, Vector256<float> b3) = TransposeQuads(r4, r5, r6, r7);
        Avx.Permute2x128(a0, b0, 0x20).Store(target);
        Avx.Permute2x128(a1, b1, 0x20).Store(target + pitch);
        Avx.Permute2x128(a2, b2, 0x20).Store(target + 2 * pitch);
        Avx.Permute2x128(a3, b3, 0x20).Store(target + 3 * pitch);
        Avx.Permute2x128(a0, b0, 0x31).Store(target + 4 * pitch);
        Avx.Permute2x128(a1, b1, 0x31).Store(target + 5 * pitch);
        Avx.Permute2x128(a2, b2, 0x31).Store(target + 6 * pitch);
        Avx.Permute2x128(a3, b3, 0x31).Store(target + 7 * pitch);
    }

    // Within each half of the vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> First, Vector256<float> Second, Vector256<float> Third, Vector256<float> Fourth) TransposeQuads(
        Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        Vector256<float> abLow = Avx.UnpackLow(a, b), abHigh = Avx.UnpackHigh(a, b), cdLow = Avx.UnpackLow(c, d), cdHigh = Avx.UnpackHigh(c, d);
        return (Avx.Shuffle(abLow, cdLow, 0x44), Avx.Shuffle(abLow, cdLow, 0xEE), Avx.Shuffle(abHigh, cdHigh, 0x44), Avx.Shuffle(abHigh, cdHigh, 0xEE));
    }

    /// <summary>Copies a strip of <see cref="OuterProductKernel.Rows"/> columns row by row, zeros behind the last column.</summary>
    /// <param name="source">The strip's first element.</param>
    /// <param name="stride">From one row to the next.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns that there are.</param>
    /// <param name="target">(rows, <see cref="OuterProductKernel.Rows"/>).</param>
    public static void Strip(float* source, nint stride, int rows, int columns, float* target)
    {
        const int Width = OuterProductKernel.Rows;
        for (; rows > 0; rows--, source += stride, target += Width)
        {
            if (columns == Width)
            {
                Vector256<float> left = Vector256.Load(source), right = Vector256.Load(source + Width - 8);
                left.Store(target);
                right.Store(target + Width - 8);
                continue;
            }

            new ReadOnlySpan<float>(source, columns).CopyTo(new Span<float>(target, Width));
            new Span<float>(target + columns, Width - columns).Clear();
        }
    }
}
