namespace MLNetVision.Imaging.Pictures;

/// <summary>A picture in memory: rows from the top, pixels from the left, three bytes R, G, B each, without padding.</summary>
public sealed class RgbImage
{
    /// <summary>The bytes of a pixel.</summary>
    public const int Channels = 3;

    private readonly byte[] _pixels;

    /// <summary>Makes a black picture.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    /// <exception cref="ArgumentException">The picture has more than 2^31 bytes.</exception>
    public RgbImage(int width, int height)
        : this(width, height, new byte[ByteCount(width, height)])
    {
    }

    /// <summary>Wraps pixels without copying them.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">height · width · 3 bytes, interleaved R, G, B; the picture keeps the array.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    /// <exception cref="ArgumentException">The array's length is not height · width · 3.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        int expected = ByteCount(width, height);
        if (pixels.Length != expected)
        {
            throw new ArgumentException(
                $"A {width}×{height} RGB picture has {expected} bytes, but {pixels.Length} were given.", nameof(pixels));
        }

        Width = width;
        Height = height;
        _pixels = pixels;
    }

    /// <summary>Makes a picture from four bytes a pixel, of which alpha is dropped.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">height · width · 4 bytes; they are copied.</param>
    /// <param name="layout">The order of the bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    /// <exception cref="ArgumentException">The number of bytes is not height · width · 4.</exception>
    public static RgbImage FromPixels(int width, int height, ReadOnlySpan<byte> pixels, PixelLayout layout)
    {
        var image = new RgbImage(width, height);
        if (pixels.Length != (long)width * height * 4)
        {
            throw new ArgumentException(
                $"A {width}×{height} picture of four bytes a pixel has {(long)width * height * 4} bytes, but {pixels.Length} were given.", nameof(pixels));
        }

        PixelPacking.DropFourth(pixels, image.Pixels, layout);
        return image;
    }

    /// <summary>The number of columns.</summary>
    public int Width { get; }

    /// <summary>The number of rows.</summary>
    public int Height { get; }

    /// <summary>All pixels: height · width · 3 bytes, writable.</summary>
    public Span<byte> Pixels => _pixels;

    /// <summary>One row: width · 3 bytes, writable.</summary>
    /// <param name="y">The row, 0 at the top.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public Span<byte> Row(int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, Height);
        return _pixels.AsSpan(y * Width * Channels, Width * Channels);
    }

    /// <summary>A copy of a part.</summary>
    /// <param name="left">Its first column.</param>
    /// <param name="top">Its first row.</param>
    /// <param name="width">Its width, at least 1.</param>
    /// <param name="height">Its height, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is empty or leaves the picture.</exception>
    public RgbImage Crop(int left, int top, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, Width - left);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, Height - top);
        var part = new RgbImage(width, height);
        for (int y = 0; y < height; y++)
        {
            Row(top + y).Slice(left * Channels, width * Channels).CopyTo(part.Row(y));
        }

        return part;
    }

    /// <summary>A copy with its own pixels.</summary>
    public RgbImage Clone() => new(Width, Height, (byte[])_pixels.Clone());

    private static int ByteCount(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        long bytes = (long)width * height * Channels;
        return bytes <= Array.MaxLength
            ? (int)bytes
            : throw new ArgumentException($"A {width}×{height} RGB picture has {bytes} bytes, more than the {Array.MaxLength} that an array holds.");
    }
}
