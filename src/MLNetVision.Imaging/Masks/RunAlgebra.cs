namespace MLNetVision.Imaging.Masks;

/// <summary>Set operations on runs of ones (pairs start, end), without decoding them.</summary>
internal static class RunAlgebra
{
    /// <summary>Which combinations of (in a, in b) belong to the result: bit 1 a only, bit 2 b only, bit 3 both.</summary>
    public const int Either = 0b1110;

    /// <inheritdoc cref="Either"/>
    public const int Intersection = 0b1000;

    /// <inheritdoc cref="Either"/>
    public const int Difference = 0b0010;

    public static long Area(ReadOnlySpan<int> runs)
    {
        long area = 0;
        for (int i = 0; i + 1 < runs.Length; i += 2)
        {
            area += runs[i + 1] - runs[i];
        }

        return area;
    }

    /// <summary>The number of pixels in both, in one pass over both lists without branches on their contents.</summary>
    public static long IntersectionArea(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        if (a.IsEmpty || b.IsEmpty || a[^1] <= b[0] || b[^1] <= a[0])
        {
            return 0;
        }

        int i = FirstEndingAfter(a, b[0]);
        int j = FirstEndingAfter(b, a[0]);
        long area = 0;
        while (i < a.Length && j < b.Length)
        {
            int endA = a[i + 1];
            int endB = b[j + 1];
            int overlap = Math.Min(endA, endB) - Math.Max(a[i], b[j]);
            area += Math.Max(overlap, 0);
            int stepA = endA <= endB ? 2 : 0;
            i += stepA;
            j += 2 - stepA;
        }

        return area;
    }

    /// <summary>Combines two masks of <paramref name="pixels"/> pixels by a truth table.</summary>
    public static int[] Combine(ReadOnlySpan<int> a, ReadOnlySpan<int> b, int table, int pixels)
    {
        using var changes = new PositionList(a.Length + b.Length);
        int i = 0;
        int j = 0;
        int value = 0;
        while (i < a.Length || j < b.Length)
        {
            int nextA = i < a.Length ? a[i] : int.MaxValue;
            int nextB = j < b.Length ? b[j] : int.MaxValue;
            int position = Math.Min(nextA, nextB);
            i += nextA == position ? 1 : 0;
            j += nextB == position ? 1 : 0;

            // An odd number of changes passed means inside.
            int now = (table >> ((i & 1) | ((j & 1) << 1))) & 1;
            if (now != value)
            {
                changes.Add(position);
                value = now;
            }
        }

        return changes.ToRuns(pixels);
    }

    /// <summary>The union of runs in any order, which are sorted for it; a run is its start, shifted by 32 bits, and its end.</summary>
    public static int[] Union(Span<long> runs, int pixels)
    {
        runs.Sort();
        using var changes = new PositionList((int)Math.Min(2L * runs.Length, int.MaxValue));
        int open = 0, end = -1;
        foreach (long run in runs)
        {
            (int start, int stop) = ((int)(run >> 32), (int)run);
            if (start > end)
            {
                if (end >= 0)
                {
                    changes.Add(open);
                    changes.Add(end);
                }

                (open, end) = (start, stop);
            }

            end = Math.Max(end, stop);
        }

        if (end >= 0)
        {
            changes.Add(open);
            changes.Add(end);
        }

        return changes.ToRuns(pixels);
    }

    private static int FirstEndingAfter(ReadOnlySpan<int> runs, int position)
    {
        int low = 0;
        int high = runs.Length / 2 - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (runs[2 * middle + 1] > position)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return 2 * low;
    }
}
