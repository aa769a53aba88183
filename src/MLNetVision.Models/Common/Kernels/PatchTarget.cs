namespace MLNetVision.Models.Common.Kernels;

/// <summary>Where the pixels of a result lie in a map: row and column times step plus offset.</summary>
/// <param name="Map">(channels, height, width).</param>
/// <param name="Plane">From one channel to the next.</param>
/// <param name="Width">From one row to the next.</param>
/// <param name="Step">From one pixel to the next.</param>
/// <param name="Row">The row of the first pixel.</param>
/// <param name="Column">The column of the first pixel.</param>
/// <param name="ResultWidth">The columns of the result's grid.</param>
internal readonly unsafe record struct PatchTarget(nint Map, int Plane, int Width, int Step, int Row, int Column, int ResultWidth)
{
    /// <summary>Whether consecutive pixels lie side by side.</summary>
    public bool IsDense => Step == 1 && ResultWidth == Width;

    /// <summary>The place of a channel's pixel, where <see cref="IsDense"/>.</summary>
    public float* At(int channel, int pixel) => (float*)Map + (long)channel * Plane + pixel;

    /// <summary>Writes pixels of a channel.</summary>
    public void Write(int channel, int first, int count, float* values)
    {
        if (IsDense)
        {
            new ReadOnlySpan<float>(values, count).CopyTo(new Span<float>(At(channel, first), count));
            return;
        }

        (int y, int x) = Math.DivRem(first, ResultWidth);
        while (count > 0)
        {
            int run = Math.Min(count, ResultWidth - x);
            float* line = (float*)Map + (long)channel * Plane + (long)(y * Step + Row) * Width + x * Step + Column;
            for (int i = 0; i < run; i++)
            {
                line[(long)i * Step] = values[i];
            }

            (y, x, count) = (y + 1, 0, count - run);
            values += run;
        }
    }
}
