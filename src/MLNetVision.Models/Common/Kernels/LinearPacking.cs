using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels;

/// <summary>Brings the sides of <see cref="LinearProducts"/> into the order in which the kernels read them.</summary>
internal static unsafe class LinearPacking
{
    private const int Columns = OuterProductKernel.Columns, TransposedLength = 64;

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
    public static void TransposedPanel(float* source, nint stride, int length, float* target)
    {
        // A few elements of all rows at a time, so that the target's lines are complete before they leave the cache.
        for (int first = 0; first < length; first += TransposedLength)
        {
            int end = Math.Min(length, first + TransposedLength);
            for (int row = 0; row < Columns; row += 4)
            {
                float* a = source + row * stride, b = a + stride, c = b + stride, d = c + stride;
                for (int i = first; i < end; i++)
                {
                    Vector128.Create(a[i], b[i], c[i], d[i]).Store(target + (long)i * Columns + row);
                }
            }
        }
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
