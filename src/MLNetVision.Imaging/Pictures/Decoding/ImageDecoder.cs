using MLNetVision.Imaging.Pictures.Decoding.Native;
using SkiaSharp;

namespace MLNetVision.Imaging.Pictures.Decoding;

/// <summary>
/// Reads JPEG, PNG, WebP, BMP and the first frame of GIF into RGB, by the rules of Pillow's <c>convert("RGB")</c>.
/// </summary>
/// <remarks>
/// Grey is repeated, palettes are looked up, alpha is dropped without blending (the colour under a transparent pixel
/// is what the file says), samples of 16 bits keep their high byte, and embedded colour profiles and gamma are ignored.
/// One difference from Pillow: a transparent pixel of a GIF is black, whatever colour its palette entry has.
/// </remarks>
public static class ImageDecoder
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; its content decides the format, not its name.</param>
    /// <param name="orientation">Whether a camera's orientation is applied; <see cref="ExifOrientation.Ignore"/> by default.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no picture of a known format, is damaged, ends too early or is larger than <see cref="Limits.PictureLimits"/> allow.</exception>
    public static RgbImage Decode(string path, ExifOrientation orientation = ExifOrientation.Ignore)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using DecodedPixels decoded = DecodedPixels.DecodeFile(path);
        return decoded.ToImage(orientation);
    }

    /// <summary>Reads a stream from its position to its end.</summary>
    /// <param name="stream">Any readable stream; it need not be seekable and is not closed.</param>
    /// <param name="orientation">Whether a camera's orientation is applied; <see cref="ExifOrientation.Ignore"/> by default.</param>
    /// <exception cref="InvalidDataException">The stream is no picture of a known format, is damaged, ends too early or is larger than <see cref="Limits.PictureLimits"/> allow.</exception>
    public static RgbImage Decode(Stream stream, ExifOrientation orientation = ExifOrientation.Ignore)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return DecodeBytes(memory.GetBuffer().AsSpan(0, (int)memory.Length), orientation, (stream as FileStream)?.Name);
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="encoded">All bytes of a picture file.</param>
    /// <param name="orientation">Whether a camera's orientation is applied; <see cref="ExifOrientation.Ignore"/> by default.</param>
    /// <exception cref="InvalidDataException">The bytes are no picture of a known format, are damaged, end too early or are larger than <see cref="Limits.PictureLimits"/> allow.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> encoded, ExifOrientation orientation = ExifOrientation.Ignore) =>
        DecodeBytes(encoded, orientation, name: null);

    /// <summary>Reads a file's width and height without decoding its pixels.</summary>
    /// <param name="path">The file.</param>
    /// <param name="orientation">Whether the sides are those of the picture turned upright; as stored by default.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no picture of a known format.</exception>
    public static (int Width, int Height) ReadSize(string path, ExifOrientation orientation = ExifOrientation.Ignore)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Sides(SkiaDecoder.ReadHeader(path), orientation);
    }

    /// <summary>Reads the width and height from a file's bytes without decoding its pixels.</summary>
    /// <param name="encoded">The bytes of a picture file, at least its header.</param>
    /// <param name="orientation">Whether the sides are those of the picture turned upright; as stored by default.</param>
    /// <exception cref="InvalidDataException">The bytes are no picture of a known format.</exception>
    public static (int Width, int Height) ReadSize(ReadOnlySpan<byte> encoded, ExifOrientation orientation = ExifOrientation.Ignore) =>
        Sides(SkiaDecoder.ReadHeader(encoded), orientation);

    private static (int Width, int Height) Sides((int Width, int Height, SKEncodedOrigin Origin) header, ExifOrientation orientation) =>
        orientation == ExifOrientation.Apply && header.Origin >= SKEncodedOrigin.LeftTop ? (header.Height, header.Width) : (header.Width, header.Height);

    private static RgbImage DecodeBytes(ReadOnlySpan<byte> encoded, ExifOrientation orientation, string? name)
    {
        using DecodedPixels decoded = DecodedPixels.Decode(encoded, name);
        return decoded.ToImage(orientation);
    }
}
