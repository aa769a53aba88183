using System.Runtime.InteropServices;

namespace MLNetVision.Imaging.Masks;

/// <summary>
/// A binary mask as runs, COCO's run-length encoding: the pixels are read column after column from the top left, and
/// run lengths alternate between zeros and ones, zeros first. Immutable and always in canonical form (no runs of
/// length zero but a first one), so that equal masks compare equal.
/// </summary>
/// <remarks>
/// Area, box, union, intersection and overlap work on the runs: their cost depends on the outline and not on the pixels.
/// A mask has at most 2³¹ − 1 pixels.
/// </remarks>
public sealed class RunLengthMask : IEquatable<RunLengthMask>
{
    private readonly int[] _runs;

    private RunLengthMask(int[] runs, int height, int width)
    {
        _runs = runs;
        Height = height;
        Width = width;
        Area = RunAlgebra.Area(runs);
    }

    /// <summary>The image's height in pixels; may be 0.</summary>
    public int Height { get; }

    /// <summary>The image's width in pixels; may be 0.</summary>
    public int Width { get; }

    /// <summary>The number of pixels that are set.</summary>
    public long Area { get; }

    /// <summary>Whether no pixel is set.</summary>
    public bool IsEmpty => _runs.Length == 0;

    /// <summary>Pairs (start, end) of runs of ones, as positions column · Height + row.</summary>
    internal ReadOnlySpan<int> Runs => _runs;

    /// <summary>The smallest box around the pixels that are set; 0 0 0 0 for an empty mask.</summary>
    public BoundingBox Box => RunBox.Around(_runs, Height);

    /// <summary>A mask without any pixel set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative size, or 2³¹ pixels or more.</exception>
    public static RunLengthMask Empty(int height, int width)
    {
        PixelCount(height, width);
        return new RunLengthMask([], height, width);
    }

    /// <summary>Encodes pixels that lie row after row, as images do.</summary>
    /// <param name="pixels">Height · width bytes, each 0 or 1.</param>
    /// <param name="height">The image's height.</param>
    /// <param name="width">The image's width.</param>
    /// <exception cref="ArgumentException">The count of pixels is not height · width, or a pixel is neither 0 nor 1.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative size, or 2³¹ pixels or more.</exception>
    public static RunLengthMask FromRowMajor(ReadOnlySpan<byte> pixels, int height, int width)
    {
        Validate(pixels, height, width);
        using var changes = new PositionList(4 * width);
        TransitionScan.RowMajor(pixels, height, width, (byte)0, changes);
        return new RunLengthMask(changes.ToRuns(pixels.Length), height, width);
    }

    /// <inheritdoc cref="FromRowMajor(ReadOnlySpan{byte}, int, int)"/>
    public static RunLengthMask FromRowMajor(ReadOnlySpan<bool> pixels, int height, int width) =>
        FromRowMajor(MemoryMarshal.AsBytes(pixels), height, width);

    /// <summary>Encodes pixels that lie column after column, as in COCO's own arrays.</summary>
    /// <inheritdoc cref="FromRowMajor(ReadOnlySpan{byte}, int, int)"/>
    public static RunLengthMask FromColumnMajor(ReadOnlySpan<byte> pixels, int height, int width)
    {
        Validate(pixels, height, width);
        using var changes = new PositionList(4 * width);
        TransitionScan.ColumnMajor(pixels, (byte)0, changes);
        return new RunLengthMask(changes.ToRuns(pixels.Length), height, width);
    }

    /// <summary>Takes COCO's uncompressed run lengths, zeros first. Runs of length zero are legal and are merged away.</summary>
    /// <exception cref="FormatException">A negative count, or a sum that is not height · width.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative size, or 2³¹ pixels or more.</exception>
    public static RunLengthMask FromCounts(ReadOnlySpan<long> counts, int height, int width)
    {
        int pixels = PixelCount(height, width);
        using var changes = new PositionList(counts.Length);
        long position = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] < 0 || counts[i] > pixels - position)
            {
                throw new FormatException(
                    $"Run lengths are broken: count {i} is {counts[i]}, where 0 to {pixels - position} was expected in a mask of {height} x {width} pixels.");
            }

            position += counts[i];
            changes.Toggle((int)position);
        }

        return position == pixels
            ? new RunLengthMask(changes.ToRuns(pixels), height, width)
            : throw new FormatException($"Run lengths are broken: they sum to {position}, where height {height} x width {width} = {pixels} was expected.");
    }

    /// <summary>Reads COCO's compressed text. Hostile text is refused; memory stays proportional to its length.</summary>
    /// <exception cref="FormatException">The text is not such text, or its counts do not sum to height · width; the message says where and why.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative size, or 2³¹ pixels or more.</exception>
    public static RunLengthMask FromCompressed(ReadOnlySpan<char> text, int height, int width)
    {
        int pixels = PixelCount(height, width);
        using var changes = new PositionList(text.Length);
        CompressedRunLengths.Read(text, pixels, changes);
        return new RunLengthMask(changes.ToRuns(pixels), height, width);
    }

    /// <summary>Reads the text of a mask of unknown sides as one column of its pixels, in the order of the text.</summary>
    /// <exception cref="FormatException">The text breaks a rule of the format.</exception>
    internal static RunLengthMask FromCompressedColumn(ReadOnlySpan<char> text)
    {
        int pixels = CompressedRunLengths.Pixels(text);
        return FromCompressed(text, pixels, Math.Min(pixels, 1));
    }

    /// <summary>Rasterises a polygon exactly as pycocotools does: corners rounded to fifths of a pixel, the image's corner at (0, 0).</summary>
    /// <param name="polygon">x0, y0, x1, y1, … in pixels, at least three corners; it is closed by itself and may cross itself or leave the image.</param>
    /// <param name="height">The image's height.</param>
    /// <param name="width">The image's width.</param>
    /// <remarks>Work and memory grow with the corners and with the columns that the edges pass within the image.</remarks>
    /// <exception cref="ArgumentException">
    /// Fewer than six numbers, an odd count, a number that is not finite or beyond ±4e8, or edges that pass more than 16 columns a
    /// corner and 2²⁴ besides.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative size, or 2³¹ pixels or more.</exception>
    public static RunLengthMask FromPolygon(ReadOnlySpan<double> polygon, int height, int width) => FromPolygon(polygon, height, width, new OutlineBudget());

    /// <summary>The polygon of a box's four corners.</summary>
    /// <exception cref="ArgumentException">A number of the box is not finite or beyond ±4e8.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative size, or 2³¹ pixels or more.</exception>
    public static RunLengthMask FromBox(BoundingBox box, int height, int width) =>
        FromPolygon([box.X, box.Y, box.X, box.Bottom, box.Right, box.Bottom, box.Right, box.Y], height, width);

    /// <summary>The pixels that are set in any of the masks.</summary>
    /// <exception cref="ArgumentException">No mask, or masks of different sizes.</exception>
    public static RunLengthMask Union(params ReadOnlySpan<RunLengthMask> masks) =>
        masks.Length <= 2 ? Fold(masks, RunAlgebra.Either) : UnionOfMany(masks);

    /// <summary>The pixels that are set in all of the masks.</summary>
    /// <inheritdoc cref="Union"/>
    public static RunLengthMask Intersection(params ReadOnlySpan<RunLengthMask> masks) => Fold(masks, RunAlgebra.Intersection);

    /// <summary>The pixels that are set here and not in the other mask.</summary>
    /// <exception cref="ArgumentException">The masks differ in size.</exception>
    public RunLengthMask Except(RunLengthMask other)
    {
        CheckSize(other);
        return new RunLengthMask(RunAlgebra.Combine(_runs, other._runs, RunAlgebra.Difference, Height * Width), Height, Width);
    }

    /// <summary>The number of pixels that are set in both masks.</summary>
    /// <exception cref="ArgumentException">The masks differ in size.</exception>
    public long IntersectionArea(RunLengthMask other)
    {
        CheckSize(other);
        return RunAlgebra.IntersectionArea(_runs, other._runs);
    }

    /// <summary>
    /// The pixels of the mask within <paramref name="distance"/> pixels of its outline: the mask less its erosion by a
    /// square of side 2·distance + 1. The image's border counts as outline, as in the Boundary IoU paper's code.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The distance is below 1.</exception>
    public RunLengthMask Boundary(int distance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(distance, 1);
        int[] inner = RunErosion.Erode(_runs, Height, Width, Math.Min(distance, Math.Max(Height, Width)));
        return new RunLengthMask(RunAlgebra.Combine(_runs, inner, RunAlgebra.Difference, Height * Width), Height, Width);
    }

    /// <summary>COCO's uncompressed run lengths: zeros first, summing to Height · Width.</summary>
    public int[] ToCounts()
    {
        int pixels = Height * Width;
        bool open = _runs.Length > 0 && _runs[^1] == pixels;
        int[] counts = new int[open ? _runs.Length : _runs.Length + 1];
        int position = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            int next = i < _runs.Length ? _runs[i] : pixels;
            counts[i] = next - position;
            position = next;
        }

        return counts;
    }

    /// <summary>COCO's compressed text, character for character what pycocotools writes.</summary>
    public string ToCompressed() => CompressedRunLengths.Write(ToCounts());

    /// <summary>The outlines of the mask's regions, exact along the pixels' edges or with fewer corners; <see cref="MaskPolygon.ToMask"/> is the way back.</summary>
    /// <param name="tolerance">How far, in pixels, a corner that is left out may lie from the line without it (Douglas and Peucker); 0 keeps all.</param>
    /// <returns>A polygon for each region of pixels that touch by their sides; none for an empty mask.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is negative or not finite.</exception>
    public IReadOnlyList<MaskPolygon> ToPolygons(double tolerance = 0) => tolerance >= 0 && double.IsFinite(tolerance)
        ? MaskOutlines.Trace(_runs, Height, tolerance)
        : throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance must be a finite number of pixels, at least 0.");

    /// <summary>The pixels row after row: Height · Width bytes, 0 or 1.</summary>
    public byte[] ToRowMajor()
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>(Height * Width);
        CopyRowMajor(pixels);
        return pixels;
    }

    /// <summary>Writes the pixels row after row, 0 or 1.</summary>
    /// <exception cref="ArgumentException">The destination has not Height · Width bytes.</exception>
    public void CopyRowMajor(Span<byte> destination)
    {
        CheckLength(destination.Length);
        RunDecoder.ToRowMajor(_runs, Height, Width, destination);
    }

    /// <summary>Writes the pixels column after column, 0 or 1.</summary>
    /// <inheritdoc cref="CopyRowMajor"/>
    public void CopyColumnMajor(Span<byte> destination)
    {
        CheckLength(destination.Length);
        RunDecoder.ToColumnMajor(_runs, destination);
    }

    /// <inheritdoc/>
    public bool Equals(RunLengthMask? other) =>
        other is not null && Height == other.Height && Width == other.Width && _runs.AsSpan().SequenceEqual(other._runs);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RunLengthMask);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Height);
        hash.Add(Width);
        hash.AddBytes(MemoryMarshal.AsBytes(_runs.AsSpan()));
        return hash.ToHashCode();
    }

    /// <summary>Height x width and area, for people.</summary>
    public override string ToString() => $"mask {Height} x {Width}, {Area} pixels set";

    /// <summary>Rasterises one of several polygons, which share what may be spent on them.</summary>
    internal static RunLengthMask FromPolygon(ReadOnlySpan<double> polygon, int height, int width, OutlineBudget budget)
    {
        PixelCount(height, width);
        return new RunLengthMask(PolygonRasterizer.Rasterize(polygon, height, width, budget), height, width);
    }

    /// <summary>Takes canonical runs over.</summary>
    internal static RunLengthMask FromRuns(int[] runs, int height, int width) => new(runs, height, width);

    /// <summary>Height · width, checked.</summary>
    internal static int PixelCount(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(height);
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        long pixels = (long)height * width;
        return pixels <= int.MaxValue
            ? (int)pixels
            : throw new ArgumentOutOfRangeException(nameof(height), $"A mask of {height} x {width} has {pixels} pixels; at most {int.MaxValue} are supported.");
    }

    private static RunLengthMask Fold(ReadOnlySpan<RunLengthMask> masks, int table)
    {
        if (masks.IsEmpty)
        {
            throw new ArgumentException("At least one mask is needed.", nameof(masks));
        }

        RunLengthMask first = masks[0];
        int[] runs = first._runs;
        foreach (RunLengthMask mask in masks[1..])
        {
            first.CheckSize(mask);
            runs = RunAlgebra.Combine(runs, mask._runs, table, first.Height * first.Width);
        }

        return new RunLengthMask(runs, first.Height, first.Width);
    }

    /// <summary>In one pass over all runs: one after the other would walk through what is there again with each mask.</summary>
    private static RunLengthMask UnionOfMany(ReadOnlySpan<RunLengthMask> masks)
    {
        RunLengthMask first = masks[0];
        long count = 0;
        foreach (RunLengthMask mask in masks)
        {
            first.CheckSize(mask);
            count += mask._runs.Length / 2;
        }

        long[] runs = new long[count];
        int next = 0;
        foreach (RunLengthMask mask in masks)
        {
            for (int i = 0; i < mask._runs.Length; i += 2)
            {
                runs[next++] = ((long)mask._runs[i] << 32) | (uint)mask._runs[i + 1];
            }
        }

        return new RunLengthMask(RunAlgebra.Union(runs, first.Height * first.Width), first.Height, first.Width);
    }

    private static void Validate(ReadOnlySpan<byte> pixels, int height, int width)
    {
        if (pixels.Length != PixelCount(height, width))
        {
            throw new ArgumentException($"A mask of height {height} and width {width} needs {(long)height * width} pixels; {pixels.Length} came.", nameof(pixels));
        }

        int wrong = pixels.IndexOfAnyExceptInRange((byte)0, (byte)1);
        if (wrong >= 0)
        {
            throw new ArgumentException($"A mask's pixels are 0 or 1; the one at index {wrong} is {pixels[wrong]}.", nameof(pixels));
        }
    }

    private void CheckSize(RunLengthMask other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Height != Height || other.Width != Width)
        {
            throw new ArgumentException($"Masks of one size are needed: {Height} x {Width} met {other.Height} x {other.Width} (height x width).", nameof(other));
        }
    }

    private void CheckLength(int length)
    {
        if (length != Height * Width)
        {
            throw new ArgumentException($"The destination needs {Height * Width} bytes (height {Height} x width {Width}); it has {length}.");
        }
    }
}
