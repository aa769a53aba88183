using System.Buffers.Binary;
using SkiaSharp;

namespace MLNetVision.Imaging.Pictures.Limits;

/// <summary>
/// Tells files that are too short for the pixels that they claim, however well they are compressed: memory is taken only for
/// pictures that can be there.
/// </summary>
internal static class ShortFiles
{
    /// <summary>The most that deflate makes of a byte.</summary>
    private const long DeflateRatio = 1032;

    /// <summary>The most pixels of a byte of JPEG: one bit a block of 8 × 8, in planes of a fourth of the pixels.</summary>
    private const long JpegRatio = 8 * 64 * 4;

    /// <summary>The most pixels of a byte of GIF: codes of three bits or more, each of 4,096 pixels or less.</summary>
    private const long GifRatio = 8 * 4096 / 3;

    /// <summary>Whether a file ends before its pixels can.</summary>
    /// <param name="file">All its bytes.</param>
    /// <param name="format">Its format.</param>
    /// <param name="width">The columns that it claims.</param>
    /// <param name="height">The rows that it claims.</param>
    public static bool IsTooShort(ReadOnlySpan<byte> file, SKEncodedImageFormat format, int width, int height)
    {
        long pixels = (long)width * height;
        return format switch
        {
            SKEncodedImageFormat.Jpeg => IsTooShortJpeg(file.Length, width, height),
            SKEncodedImageFormat.Gif => pixels > GifRatio * file.Length,
            SKEncodedImageFormat.Png => file.Length > 25 && IsTooShortPng(file.Length, pixels, file[24] * PngChannels(file[25])),
            SKEncodedImageFormat.Bmp => file.Length < 34 || (IsPlainBitmap(file) && pixels * BinaryPrimitives.ReadUInt16LittleEndian(file[28..]) > 8L * file.Length),
            SKEncodedImageFormat.Webp => file.Length < 12 || BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) > file.Length - 8,
            _ => false,
        };
    }

    /// <summary>The same for a JPEG.</summary>
    public static bool IsTooShortJpeg(long bytes, int width, int height) => (long)width * height > JpegRatio * bytes;

    /// <summary>The same for a PNG, or its compressed part.</summary>
    public static bool IsTooShortPng(long bytes, long pixels, int bitsPerPixel) => pixels * bitsPerPixel > 8 * DeflateRatio * bytes;

    private static int PngChannels(int colourType) => colourType switch
    {
        2 => 3,
        4 => 2,
        6 => 4,
        _ => 1,
    };

    /// <summary>Whether a bitmap's header is of the usual kind and says that the pixels are not compressed.</summary>
    private static bool IsPlainBitmap(ReadOnlySpan<byte> file) =>
        BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) >= 40 && BinaryPrimitives.ReadUInt32LittleEndian(file[30..]) is 0 or 3;
}
