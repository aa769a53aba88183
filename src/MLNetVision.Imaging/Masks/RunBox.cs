namespace MLNetVision.Imaging.Masks;

/// <summary>The bounding box of runs.</summary>
internal static class RunBox
{
    public static BoundingBox Around(ReadOnlySpan<int> runs, int height)
    {
        if (runs.IsEmpty)
        {
            return default;
        }

        int top = height;
        int bottom = 0;
        int columnStart = runs[0] / height * height;
        for (int i = 0; i < runs.Length; i += 2)
        {
            if (runs[i] - columnStart >= height)
            {
                columnStart = runs[i] / height * height;
            }

            int first = runs[i] - columnStart;
            int end = runs[i + 1] - columnStart;
            if (end > height)
            {
                // The run passes a column's end: it touches both the bottom and the top.
                (top, bottom) = (0, height);
                break;
            }

            top = Math.Min(top, first);
            bottom = Math.Max(bottom, end);
        }

        int left = runs[0] / height;
        int right = (runs[^1] - 1) / height + 1;
        return new BoundingBox(left, top, right - left, bottom - top);
    }
}
