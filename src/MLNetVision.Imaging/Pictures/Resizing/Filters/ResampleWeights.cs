using MLNetVision.Imaging.Pictures.Limits;

namespace MLNetVision.Imaging.Pictures.Resizing.Filters;

/// <summary>Which source pixels make each new pixel of one axis, and with which fixed-point weights (22 bits, as in Pillow).</summary>
internal sealed class ResampleWeights
{
    /// <summary>The bits behind the point.</summary>
    public const int Precision = 22;

    /// <summary>The bits of a weight's low part; see <see cref="Packed"/>.</summary>
    public const int LowBits = 11;

    /// <summary>The largest table: of a longer one only parts are made, and not kept.</summary>
    private const long LargestTable = 4 << 20;

    private const int BytesPerWeight = 2 * sizeof(int);

    private static readonly SizedCache<(int From, int To, Resampling Resampling), ResampleWeights> Cache = new(maximumBytes: 32 << 20);

    private ResampleWeights(int from, int to, Resampling resampling, int first, int count)
    {
        double scale = (double)from / to;
        double filterScale = Math.Max(1, scale);
        double support = SupportOf(from, to, resampling);
        double step = 1 / filterScale;
        First = first;
        Pitch = PitchOf(support);
        Starts = new int[count];
        Counts = new int[count];
        Weights = new int[checked(count * Pitch)];
        Packed = new int[Weights.Length];
        var exact = new double[Pitch];
        for (int i = 0; i < count; i++)
        {
            double centre = (first + i + 0.5) * scale;
            int start = Math.Max(0, (int)(centre - support + 0.5));
            int taps = Math.Min(from, (int)(centre + support + 0.5)) - start;
            double sum = 0;
            for (int k = 0; k < taps; k++)
            {
                exact[k] = ResampleFilter.Weight(resampling, (k + start - centre + 0.5) * step);
                sum += exact[k];
            }

            Starts[i] = start;
            Counts[i] = taps;
            Span<int> weights = Weights.AsSpan(i * Pitch, Pitch);
            for (int k = 0; k < taps; k++)
            {
                double weight = sum != 0 ? exact[k] / sum : exact[k];
                weights[k] = (int)(weight * (1 << Precision) + (weight < 0 ? -0.5 : 0.5));
            }

            Pack(weights, Packed.AsSpan(i * Pitch, Pitch));
        }
    }

    /// <summary>The new pixel that the table begins with.</summary>
    public int First { get; }

    /// <summary>The new pixel behind the table's last.</summary>
    public int End => First + Starts.Length;

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

    /// <summary>
    /// The table for a change of size, or as much of it from a new pixel on as is made at once: the table of a very long side
    /// has many times the pixels that a window of it uses.
    /// </summary>
    /// <param name="from">The source's pixels.</param>
    /// <param name="to">The new pixels.</param>
    /// <param name="resampling">The filter.</param>
    /// <param name="first">The new pixel that is wanted first.</param>
    /// <param name="end">The new pixel behind the last that is wanted.</param>
    public static ResampleWeights Get(int from, int to, Resampling resampling, int first, int end)
    {
        long bytesPerPixel = (long)PitchOf(SupportOf(from, to, resampling)) * BytesPerWeight;
        return to * bytesPerPixel <= LargestTable
            ? Cache.Get((from, to, resampling), static key => new ResampleWeights(key.From, key.To, key.Resampling, 0, key.To), to * bytesPerPixel)
            : new ResampleWeights(from, to, resampling, first, (int)Math.Clamp(LargestTable / bytesPerPixel, 1, end - first));
    }

    /// <summary>The bytes of the tables that are kept.</summary>
    internal static long KeptBytes => Cache.Bytes;

    private static double SupportOf(int from, int to, Resampling resampling) =>
        ResampleFilter.Support(resampling) * Math.Max(1, (double)from / to);

    private static int PitchOf(double support) => ((int)Math.Ceiling(support) * 2 + 1 + 3) / 4 * 4;

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
