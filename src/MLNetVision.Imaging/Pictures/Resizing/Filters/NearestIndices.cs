using MLNetVision.Imaging.Pictures.Limits;

namespace MLNetVision.Imaging.Pictures.Resizing.Filters;

/// <summary>Which source pixel becomes each new pixel of one axis under <see cref="Resampling.Nearest"/>.</summary>
internal static class NearestIndices
{
    /// <summary>The most new pixels of a table that is kept.</summary>
    private const int LongestTable = 1 << 20;

    private static readonly SizedCache<(int From, int To), int[]> Cache = new(maximumBytes: 32 << 20);

    /// <summary>The indices for a change of size; shared, not to be written.</summary>
    public static int[] Get(int from, int to) =>
        to <= LongestTable ? Cache.Get((from, to), static key => Make(key.From, key.To, 0, key.To), (long)to * sizeof(int)) : Make(from, to, 0, to);

    /// <summary>The indices of some new pixels.</summary>
    public static ReadOnlySpan<int> Get(int from, int to, int first, int count) =>
        to <= LongestTable ? Get(from, to).AsSpan(first, count) : Make(from, to, first, count);

    private static int[] Make(int from, int to, int first, int count)
    {
        var indices = new int[count];
        double scale = (double)from / to;

        // Pillow adds the scale step by step; (i + 0.5) · scale rounds differently for one pair of sizes in six.
        double position = Skip(scale * 0.5, scale, first);
        for (int i = 0; i < count; i++)
        {
            indices[i] = Math.Min((int)position, from - 1);
            position += scale;
        }

        return indices;
    }

    /// <summary>
    /// What many single steps make of a position. Between two powers of two the numbers lie equally far from each other, so that
    /// rounding makes every step but the first two the same: those are taken at once.
    /// </summary>
    private static double Skip(double position, double step, int count)
    {
        while (count > 3)
        {
            double first = position + step, second = first + step, third = second + step;
            double next = Math.ScaleB(1, Math.ILogB(first) + 1), same = third - second;
            int more = third < next ? (int)Math.Clamp((next - third) / same - 1, 0, count - 3) : 0;
            position = third + more * same;
            count -= 3 + more;
        }

        for (; count > 0; count--)
        {
            position += step;
        }

        return position;
    }
}
