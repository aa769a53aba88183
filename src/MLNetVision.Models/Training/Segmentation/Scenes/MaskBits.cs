using MLNetVision.Imaging.Masks;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;

namespace MLNetVision.Models.Training.Segmentation.Scenes;

/// <summary>A mask of one bit a pixel, row by row as in <see cref="PackedMasks"/>, made from runs without ever decoding them.</summary>
internal static class MaskBits
{
    /// <summary>Resizes (nearest), crops and flips a mask.</summary>
    /// <param name="mask">The mask in the original picture.</param>
    /// <param name="transform">Where each column and row comes from.</param>
    /// <returns>Height · ((width + 7) / 8) bytes; null if no pixel is left.</returns>
    public static byte[]? Create(RunLengthMask mask, SceneTransform transform)
    {
        int rowBytes = (transform.Width + 7) / 8;
        var bits = new byte[transform.Height * rowBytes];
        ReadOnlySpan<int> runs = mask.Runs;
        bool any = false;
        for (int column = 0; column < transform.SourceColumns.Length; column++)
        {
            int begin = transform.SourceColumns[column] * mask.Height, end = begin + mask.Height;
            byte bit = (byte)(1 << (column & 7));
            for (int run = FirstEndingAfter(runs, begin); run < runs.Length && runs[run] < end; run += 2)
            {
                // Rows are ascending: the run's rows in the crop are one stretch.
                int first = LowerBound(transform.SourceRows, Math.Max(runs[run], begin) - begin);
                int last = LowerBound(transform.SourceRows, Math.Min(runs[run + 1], end) - begin);
                for (int row = first; row < last; row++)
                {
                    bits[row * rowBytes + (column >> 3)] |= bit;
                }

                any |= last > first;
            }
        }

        return any ? bits : null;
    }

    // Runs are pairs (start, end): the index of the first pair whose end lies behind a position.
    private static int FirstEndingAfter(ReadOnlySpan<int> runs, int position)
    {
        int low = 0, high = runs.Length / 2;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = runs[2 * middle + 1] > position ? (low, middle) : (middle + 1, high);
        }

        return 2 * low;
    }

    private static int LowerBound(int[] ascending, int value)
    {
        int low = 0, high = ascending.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = ascending[middle] >= value ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
