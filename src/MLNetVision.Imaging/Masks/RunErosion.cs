namespace MLNetVision.Imaging.Masks;

/// <summary>Erosion of runs by a square, without decoding: pixels outside the image count as 0.</summary>
internal static class RunErosion
{
    /// <summary>Keeps the pixels whose square of side 2·distance + 1 lies wholly in the mask.</summary>
    public static int[] Erode(ReadOnlySpan<int> runs, int height, int width, int distance)
    {
        int pixels = height * width;
        int[] window = ErodeColumns(runs, height, distance);

        // A shift by a column is a shift by `height` positions; windows of 1, 2, 4, … columns are built by intersecting.
        int wanted = 2 * distance + 1;
        int size = 1;
        for (; 2 * size <= wanted; size *= 2)
        {
            window = RunAlgebra.Combine(window, Shift(window, -size, height, pixels), RunAlgebra.Intersection, pixels);
        }

        if (size < wanted)
        {
            window = RunAlgebra.Combine(window, Shift(window, size - wanted, height, pixels), RunAlgebra.Intersection, pixels);
        }

        return Shift(window, distance, height, pixels);
    }

    private static int[] ErodeColumns(ReadOnlySpan<int> runs, int height, int distance)
    {
        using var kept = new PositionList(2 * runs.Length);
        for (int i = 0; i < runs.Length; i += 2)
        {
            for (int start = runs[i]; start < runs[i + 1];)
            {
                int end = Math.Min(runs[i + 1], (start / height + 1) * height);
                if (end - start > 2 * distance)
                {
                    kept.Add(start + distance);
                    kept.Add(end - distance);
                }

                start = end;
            }
        }

        return kept.Items.ToArray();
    }

    private static int[] Shift(int[] runs, int columns, int height, int pixels)
    {
        long offset = (long)columns * height;
        using var shifted = new PositionList(runs.Length);
        for (int i = 0; i < runs.Length; i += 2)
        {
            long start = Math.Max(runs[i] + offset, 0);
            long end = Math.Min(runs[i + 1] + offset, pixels);
            if (start < end)
            {
                shifted.Add((int)start);
                shifted.Add((int)end);
            }
        }

        return shifted.Items.ToArray();
    }
}
