using System.Collections.Concurrent;

namespace MLNetVision.Imaging.Pictures.Resizing.Filters;

/// <summary>Which source pixel becomes each new pixel of one axis under <see cref="Resampling.Nearest"/>.</summary>
internal static class NearestIndices
{
    private const int CachedTables = 128;

    private static readonly ConcurrentDictionary<(int From, int To), int[]> Cache = new();

    /// <summary>The indices for a change of size; shared, not to be written.</summary>
    public static int[] Get(int from, int to)
    {
        if (Cache.TryGetValue((from, to), out int[]? known))
        {
            return known;
        }

        if (Cache.Count >= CachedTables)
        {
            Cache.Clear();
        }

        var indices = new int[to];
        double scale = (double)from / to;

        // Pillow adds the scale step by step; (i + 0.5) · scale rounds differently for one pair of sizes in six.
        double position = scale * 0.5;
        for (int i = 0; i < to; i++)
        {
            indices[i] = Math.Min((int)position, from - 1);
            position += scale;
        }

        Cache[(from, to)] = indices;
        return indices;
    }
}
