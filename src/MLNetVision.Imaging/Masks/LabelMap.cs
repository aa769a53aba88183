namespace MLNetVision.Imaging.Masks;

/// <summary>Converts between a map with one label a pixel and one mask a label.</summary>
public static class LabelMap
{
    /// <summary>Splits a row-major label map into masks, in one pass over the map.</summary>
    /// <param name="map">Height · width labels of any value.</param>
    /// <param name="height">The image's height.</param>
    /// <param name="width">The image's width.</param>
    /// <param name="ignored">A label that gets no mask (void); null: every label gets one.</param>
    /// <returns>Label and mask, labels ascending.</returns>
    /// <exception cref="ArgumentException">The map has not height · width labels.</exception>
    public static IReadOnlyDictionary<int, RunLengthMask> ToMasks(ReadOnlySpan<int> map, int height, int width, int? ignored = null) =>
        LabelRuns.FromRowMajor(map, height, width).ToMasks(ignored);

    /// <summary>Writes a label into the pixels of a mask, in a row-major map of the mask's size; later masks paint over earlier ones.</summary>
    /// <exception cref="ArgumentException">The map has not the mask's number of pixels.</exception>
    public static void Paint(Span<int> map, RunLengthMask mask, int label)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (map.Length != mask.Height * mask.Width)
        {
            throw new ArgumentException($"The map needs {mask.Height * mask.Width} labels (height {mask.Height} x width {mask.Width}); it has {map.Length}.", nameof(map));
        }

        int height = mask.Height;
        int width = mask.Width;
        ReadOnlySpan<int> runs = mask.Runs;
        for (int i = 0; i < runs.Length; i += 2)
        {
            int column = runs[i] / height;
            int row = runs[i] - column * height;
            for (int left = runs[i + 1] - runs[i]; left > 0; left--)
            {
                map[row * width + column] = label;
                if (++row == height)
                {
                    row = 0;
                    column++;
                }
            }
        }
    }
}
