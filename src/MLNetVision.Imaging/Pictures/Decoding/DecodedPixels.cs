using System.Buffers;
using MLNetVision.Imaging.Pictures.Decoding.Jpeg;
using MLNetVision.Imaging.Pictures.Decoding.Native;
using SkiaSharp;

namespace MLNetVision.Imaging.Pictures.Decoding;

/// <summary>
/// A decoder's output as it comes, four bytes R, G, B, x a pixel in a rented buffer, for callers that go on from there
/// without packing it first.
/// </summary>
internal sealed class DecodedPixels : IDisposable
{
    private byte[]? _buffer;

    private DecodedPixels(int width, int height, SKEncodedOrigin origin, byte[] buffer)
    {
        Width = width;
        Height = height;
        Origin = origin;
        _buffer = buffer;
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Where the first stored pixel belongs in the upright picture.</summary>
    public SKEncodedOrigin Origin { get; }

    /// <summary>height · width · 4 bytes; the fourth of each pixel has no meaning.</summary>
    public ReadOnlySpan<byte> Bytes => (_buffer ?? throw new ObjectDisposedException(nameof(DecodedPixels))).AsSpan(0, Width * Height * 4);

    /// <summary>Reads and decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no picture, is damaged or ends too early.</exception>
    public static DecodedPixels DecodeFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length > Array.MaxLength)
        {
            throw new InvalidDataException($"The file '{path}' has {file.Length} bytes, more than a picture file may.");
        }

        int length = (int)file.Length;

        // Rented, because pictures would otherwise land on the heap of large objects one after the other.
        byte[] encoded = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        try
        {
            file.ReadExactly(encoded, 0, length);
            return Decode(encoded.AsSpan(0, length), path);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    /// <summary>Decodes a picture file.</summary>
    /// <param name="encoded">All its bytes.</param>
    /// <param name="name">The file's name for messages.</param>
    /// <exception cref="InvalidDataException">The bytes are no picture, are damaged or end too early.</exception>
    public static DecodedPixels Decode(ReadOnlySpan<byte> encoded, string? name)
    {
        if (JpegDecoder.TryDecode(encoded, out bool mayBeTurned, out int width, out int height) is { } pixels)
        {
            return new DecodedPixels(width, height, mayBeTurned ? ExifOrientationReader.Read(encoded) : SKEncodedOrigin.TopLeft, pixels);
        }

        return DecodeAny(encoded, name);
    }

    /// <summary>Decodes any format with SkiaSharp.</summary>
    /// <inheritdoc cref="Decode"/>
    internal static DecodedPixels DecodeAny(ReadOnlySpan<byte> encoded, string? name)
    {
        (int width, int height, byte[] buffer) = SkiaDecoder.Decode(encoded, name, out SKEncodedOrigin origin);
        return new DecodedPixels(width, height, origin, buffer);
    }

    /// <summary>A picture of its own, turned upright where that is asked for.</summary>
    public RgbImage ToImage(ExifOrientation orientation)
    {
        var image = new RgbImage(Width, Height);
        PixelPacking.DropFourth(Bytes, image.Pixels);
        return orientation == ExifOrientation.Apply ? ImageRotation.Upright(image, Origin) : image;
    }

    public void Dispose()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
