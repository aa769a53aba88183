using MLNetVision.Imaging.Pictures.Resizing.Filters;

namespace MLNetVision.Imaging.Pictures.Resizing;

/// <summary>Changes the size of maps with one label a pixel. Labels are never mixed, and may have any value.</summary>
public static class LabelMapResizer
{
    /// <summary>Resizes a row-major map with <see cref="Resampling.Nearest"/>, pixel for pixel as Pillow does with 8-bit maps.</summary>
    /// <param name="map">fromHeight · fromWidth labels.</param>
    /// <param name="fromWidth">The map's width, at least 1.</param>
    /// <param name="fromHeight">The map's height, at least 1.</param>
    /// <param name="width">The new width, at least 1.</param>
    /// <param name="height">The new height, at least 1.</param>
    /// <returns>height · width labels, also where no side changes a new array.</returns>
    /// <exception cref="ArgumentException">The map has not fromHeight · fromWidth labels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    public static T[] Resize<T>(ReadOnlySpan<T> map, int fromWidth, int fromHeight, int width, int height)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(fromHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (map.Length != (long)fromWidth * fromHeight)
        {
            throw new ArgumentException($"A map of {fromWidth}×{fromHeight} has {(long)fromWidth * fromHeight} labels; {map.Length} came.", nameof(map));
        }

        if (fromWidth == width && fromHeight == height)
        {
            return map.ToArray();
        }

        var resized = new T[checked(width * height)];
        ReadOnlySpan<int> columns = NearestIndices.Get(fromWidth, width);
        ReadOnlySpan<int> rows = NearestIndices.Get(fromHeight, height);
        for (int y = 0; y < height; y++)
        {
            Span<T> to = resized.AsSpan(y * width, width);
            if (y > 0 && rows[y] == rows[y - 1])
            {
                resized.AsSpan((y - 1) * width, width).CopyTo(to);
                continue;
            }

            ReadOnlySpan<T> from = map.Slice(rows[y] * fromWidth, fromWidth);
            if (fromWidth == width)
            {
                from.CopyTo(to);
                continue;
            }

            for (int x = 0; x < to.Length; x++)
            {
                to[x] = from[columns[x]];
            }
        }

        return resized;
    }
}
