using System.Collections.Concurrent;

namespace MLNetVision.Imaging.Pictures.Resizing.Filters;

/// <summary>Which source pixels make each new pixel of one axis, and with which fixed-point weights (22 bits, as in Pillow).</summary>
internal sealed class ResampleWeights
{
    /// <summary>The bits behind the point.</summary>
    public const int Precision = 22;

    /// <summary>The bits of a weight's low part; see <see cref="Packed"/>.</summary>
    public const int LowBits = 11;

    private const int CachedTables = 128;

    private static readonly ConcurrentDictionary<(int From, int To, Resampling Resampling), ResampleWeights> Cache = new();

    private ResampleWeights(int from, int to, Resampling resampling)
    {
        double scale = (double)from / to;
        double filterScale = Math.Max(1, scale);
        double support = ResampleFilter.Support(resampling) * filterScale;
        double step = 1 / filterScale;
        Pitch = ((int)Math.Ceiling(support) * 2 + 1 + 3) / 4 * 4;
        Starts = new int[to];
        Counts = new int[to];
        Weights = new int[checked(to * Pitch)];
        Packed = new int[Weights.Length];
        var exact = new double[Pitch];
        for (int i = 0; i < to; i++)
        {
            double centre = (i + 0.5) * scale;
            int start = Math.Max(0, (int)(centre - support + 0.5));
            int count = Math.Min(from, (int)(centre + support + 0.5)) - start;
            double sum = 0;
            for (int k = 0; k < count; k++)
            {
                exact[k] = ResampleFilter.Weight(resampling, (k + start - centre + 0.5) * step);
                sum += exact[k];
            }

            Starts[i] = start;
            Counts[i] = count;
            Span<int> weights = Weights.AsSpan(i * Pitch, Pitch);
            for (int k = 0; k < count; k++)
            {
                double weight = sum != 0 ? exact[k] / sum : exact[k];
                weights[k] = (int)(weight * (1 << Precision) + (weight < 0 ? -0.5 : 0.5));
            }

            Pack(weights, Packed.AsSpan(i * Pitch, Pitch));
        }
    }

    /// <summary>The first source pixel of each new pixel.</summary>
    public int[] Starts { get; }

    /// <summary>The number of source pixels of each new pixel.</summary>
    public int[] Counts { get; }

    /// <summary>The places that a new pixel's weights take: a multiple of 4, of which the last are 0.</summary>
    public int Pitch { get; }

    /// <summary>The weights, <see cref="Pitch"/> for each new pixel.</summary>
    public int[] Weights { get; }

    /// <summary>
    /// The weights split for 16-bit products: w = low + high · 2^11 with 0 ≤ low &lt; 2^11. Of four neighbours 0, 1, 2, 3
    /// there are four integers with two parts each: low 0 1, low 2 3, high 0 1, high 2 3. The sum of both products is the
    /// exact one, modulo 2^32.
    /// </summary>
    public int[] Packed { get; }

    /// <summary>The table for a change of size; it may come from a cache.</summary>
    public static ResampleWeights Get(int from, int to, Resampling resampling)
    {
        if (Cache.TryGetValue((from, to, resampling), out ResampleWeights? known))
        {
            return known;
        }

        if (Cache.Count >= CachedTables)
        {
            Cache.Clear(); // pictures of ever new sizes must not fill the memory
        }

        var weights = new ResampleWeights(from, to, resampling);
        Cache[(from, to, resampling)] = weights;
        return weights;
    }

    private static void Pack(ReadOnlySpan<int> weights, Span<int> packed)
    {
        static int Pair(int first, int second) => (first & 0xFFFF) | (second << 16);
        const int mask = (1 << LowBits) - 1;
        for (int k = 0; k < weights.Length; k += 4)
        {
            packed[k] = Pair(weights[k] & mask, weights[k + 1] & mask);
            packed[k + 1] = Pair(weights[k + 2] & mask, weights[k + 3] & mask);
            packed[k + 2] = Pair(weights[k] >> LowBits, weights[k + 1] >> LowBits);
            packed[k + 3] = Pair(weights[k + 2] >> LowBits, weights[k + 3] >> LowBits);
        }
    }
}
