using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Imaging.Segments.Tiles;

/// <summary>
/// Tiles that cover a picture and overlap, for pictures much larger than a network's input: each is segmented by itself at full resolution,
/// and what lies across their borders is put together again.
/// </summary>
/// <remarks>
/// Objects of two tiles are one object if they have one class and agree where the tiles overlap (an intersection over union of at least a half
/// there). Where a class has no separate objects, all its regions are one segment. A pixel belongs to what the tile says whose middle is nearer; where that
/// tile says nothing, to what the other one says. Scores are averages by area.
/// </remarks>
public sealed record PictureTiles
{
    /// <summary>Tiles of a size.</summary>
    /// <param name="width">The width of a tile in pixels, at least 1; a picture that is smaller has one tile.</param>
    /// <param name="height">The height, at least 1.</param>
    /// <param name="overlap">The pixels that neighbours have in common at least, from 0 to less than each side. Objects across a border are found again by them: an eighth of a side is a beginning.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public PictureTiles(int width, int height, int overlap)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(overlap);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(overlap, Math.Min(width, height));
        (Width, Height, Overlap) = (width, height, overlap);
    }

    /// <summary>The width of a tile.</summary>
    public int Width { get; }

    /// <summary>The height of a tile.</summary>
    public int Height { get; }

    /// <summary>The pixels that neighbours have in common at least.</summary>
    public int Overlap { get; }

    /// <summary>The tiles of a picture, row after row. All have the size, but where the picture is smaller; they overlap evenly.</summary>
    /// <param name="width">The picture's width, at least 1.</param>
    /// <param name="height">The picture's height, at least 1.</param>
    internal IReadOnlyList<PictureTile> Of(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        Stretch[] columns = Divide(width, Width), rows = Divide(height, Height);
        return [.. from row in rows
                   from column in columns
                   select new PictureTile(column.Start, row.Start, column.Length, row.Length, column.CoreStart, row.CoreStart, column.CoreEnd, row.CoreEnd)];
    }

    /// <summary>Segments a picture tile by tile.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="segment">Segments one tile.</param>
    /// <param name="task">What is asked: of instances masks may overlap, classes of a semantic map are one segment each.</param>
    public SegmentationResult Segment(RgbImage picture, Func<RgbImage, SegmentationResult> segment, SegmentationTask task)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(segment);
        IReadOnlyList<PictureTile> tiles = Of(picture.Width, picture.Height);
        if (tiles.Count == 1)
        {
            return segment(picture);
        }

        var merge = new TileMerge(picture.Height, picture.Width, task);
        foreach (PictureTile tile in tiles)
        {
            merge.Add(tile, segment(picture.Crop(tile.Left, tile.Top, tile.Width, tile.Height)));
        }

        return merge.ToResult();
    }

    // One axis: as few tiles as the overlap allows, the first at the beginning, the last at the end.
    private Stretch[] Divide(int size, int length)
    {
        length = Math.Min(length, size);
        int count = length == size ? 1 : (size - Overlap + length - Overlap - 1) / (length - Overlap);
        int[] starts = [.. Enumerable.Range(0, count).Select(i => count == 1 ? 0 : (int)((long)i * (size - length) / (count - 1)))];
        return [.. starts.Select((start, i) => new Stretch(start, length, i == 0 ? 0 : Middle(i - 1), i == count - 1 ? size : Middle(i)))];

        int Middle(int i) => (starts[i] + length + starts[i + 1]) / 2;
    }

    private readonly record struct Stretch(int Start, int Length, int CoreStart, int CoreEnd);
}
