namespace MLNetVision.Models.Training.Segmentation.Points.Kernels;

/// <summary>Finds the candidates of the smallest magnitude in passes over them, without sorting.</summary>
internal static unsafe class UncertainPointsKernel
{
    private const int Digits = 11, Bins = 1 << Digits; // 31 bits of magnitude in three digits

    /// <summary>Copies the candidates whose logits are closest to 0, in their order; NaN counts as farthest, the first of equals as closest.</summary>
    /// <param name="logits">(count).</param>
    /// <param name="candidates">(count, 2).</param>
    /// <param name="count">The candidates.</param>
    /// <param name="kept">How many to copy, at most all.</param>
    /// <param name="target">(kept, 2), written.</param>
    public static void Select(float* logits, float* candidates, int count, int kept, float* target)
    {
        (uint limit, int atLimit) = Limit((uint*)logits, count, kept);
        var points = (ulong*)candidates;
        var chosen = (ulong*)target;
        for (int i = 0; i < count && kept > 0; i++)
        {
            uint magnitude = Magnitude((uint*)logits, i);
            if (magnitude < limit || (magnitude == limit && atLimit-- > 0))
            {
                *chosen++ = points[i];
                kept--;
            }
        }
    }

    // The largest magnitude that is kept, and how many of this magnitude are.
    private static (uint Limit, int AtLimit) Limit(uint* logits, int count, int kept)
    {
        int* histogram = stackalloc int[Bins];
        uint prefix = 0;
        for (int shift = 2 * Digits; shift >= 0; shift -= Digits)
        {
            new Span<int>(histogram, Bins).Clear();
            for (int i = 0; i < count; i++)
            {
                uint magnitude = Magnitude(logits, i);
                if ((ulong)magnitude >> (shift + Digits) == prefix)
                {
                    histogram[(magnitude >> shift) & (Bins - 1)]++;
                }
            }

            uint digit = 0;
            for (; digit < Bins - 1 && histogram[digit] < kept; digit++)
            {
                kept -= histogram[digit];
            }

            prefix = (prefix << Digits) | digit;
        }

        return (prefix, kept);
    }

    // The bits of non-negative floats are in the order of their values.
    private static uint Magnitude(uint* logits, int i) => logits[i] & 0x7FFFFFFF;
}
