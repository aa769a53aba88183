namespace MLNetVision.Imaging.Masks;

/// <summary>Moves a mask into a larger picture on its runs.</summary>
internal static class RunPlacement
{
    /// <summary>The mask of a part of a picture, as one of the whole picture.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="left">The column of the picture at which the part begins.</param>
    /// <param name="top">The row at which it begins.</param>
    /// <param name="height">The picture's height, at least that of the part below <paramref name="top"/>.</param>
    /// <param name="width">The picture's width.</param>
    public static RunLengthMask Place(RunLengthMask mask, int left, int top, int height, int width)
    {
        int pixels = RunLengthMask.PixelCount(height, width);
        using var changes = new PositionList(mask.Runs.Length + 2);
        for (int i = 0; i < mask.Runs.Length; i += 2)
        {
            // A run may go on over the feet of columns, which lie apart in the picture.
            for (int start = mask.Runs[i], end = mask.Runs[i + 1]; start < end;)
            {
                int column = start / mask.Height;
                int stop = Math.Min(end, (column + 1) * mask.Height);
                int shift = (left + column) * height + top - column * mask.Height;
                changes.Toggle(start + shift);
                changes.Toggle(stop + shift);
                start = stop;
            }
        }

        return RunLengthMask.FromRuns(changes.ToRuns(pixels), height, width);
    }

    /// <summary>The pixels of a rectangle.</summary>
    public static RunLengthMask Rectangle(int left, int top, int right, int bottom, int height, int width)
    {
        int pixels = RunLengthMask.PixelCount(height, width);
        using var changes = new PositionList(2 * Math.Max(0, right - left) + 2);
        for (int column = left; column < right; column++)
        {
            changes.Toggle(column * height + top);
            changes.Toggle(column * height + bottom);
        }

        return RunLengthMask.FromRuns(changes.ToRuns(pixels), height, width);
    }
}
