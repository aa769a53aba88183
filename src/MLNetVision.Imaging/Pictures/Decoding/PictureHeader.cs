using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using MLNetVision.Imaging.Pictures.Decoding.Native;
using SkiaSharp;

namespace MLNetVision.Imaging.Pictures.Decoding;

/// <summary>The sides of a picture as stored, and its EXIF orientation, from a few reads of its header.</summary>
/// <param name="Width">The columns as stored.</param>
/// <param name="Height">The rows as stored.</param>
/// <param name="Origin">Where the first stored pixel belongs in the upright picture.</param>
internal readonly record struct PictureHeader(int Width, int Height, SKEncodedOrigin Origin)
{
    private const int FirstBytes = 4096;
    private const int SegmentBytes = 10; // a JPEG's marker, length and what follows, enough for "Exif" and for the sides
    private const int ChunkBytes = 8; // a PNG's length and type

    private static ReadOnlySpan<byte> PngStart => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads it. Loaders do for each picture, so that the usual kinds without an orientation take no codec.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no picture.</exception>
    public static PictureHeader Read(string path)
    {
        using (SafeFileHandle file = File.OpenHandle(path))
        {
            Span<byte> start = stackalloc byte[FirstBytes];
            start = start[..RandomAccess.Read(file, start, 0)];
            PictureHeader? plain = start.StartsWith(PngStart) ? ReadPng(start) : start is [0xFF, 0xD8, ..] ? ReadJpeg(file, start) : null;
            if (plain is { Width: > 0, Height: > 0 } header)
            {
                return header;
            }
        }

        (int width, int height, SKEncodedOrigin origin) = SkiaDecoder.ReadHeader(path);
        return new PictureHeader(width, height, origin);
    }

    /// <summary>The sides as stored or upright.</summary>
    public (int Width, int Height) Size(ExifOrientation orientation) =>
        orientation == ExifOrientation.Apply && Origin >= SKEncodedOrigin.LeftTop ? (Height, Width) : (Width, Height);

    // Null unless the pixels begin within the first bytes and no orientation stands before them.
    private static PictureHeader? ReadPng(ReadOnlySpan<byte> start)
    {
        for (long at = PngStart.Length; at + ChunkBytes <= start.Length;)
        {
            ReadOnlySpan<byte> chunk = start[(int)at..];
            if (chunk[4..].StartsWith("eXIf"u8))
            {
                return null;
            }

            if (chunk[4..].StartsWith("IDAT"u8))
            {
                return new PictureHeader(
                    BinaryPrimitives.ReadInt32BigEndian(start[(PngStart.Length + ChunkBytes)..]), BinaryPrimitives.ReadInt32BigEndian(start[(PngStart.Length + ChunkBytes + 4)..]), SKEncodedOrigin.TopLeft);
            }

            at += ChunkBytes + 4L + BinaryPrimitives.ReadUInt32BigEndian(chunk);
        }

        return null;
    }

    // Null for one with EXIF data, or that is not sound up to its frame.
    private static PictureHeader? ReadJpeg(SafeFileHandle file, ReadOnlySpan<byte> start)
    {
        Span<byte> far = stackalloc byte[SegmentBytes];
        for (long at = 2; ;)
        {
            ReadOnlySpan<byte> segment = at + SegmentBytes <= start.Length ? start[(int)at..] : far[..RandomAccess.Read(file, far, at)];
            if (segment.Length < SegmentBytes || segment[0] != 0xFF)
            {
                return null;
            }

            byte marker = segment[1];
            if (marker == 0xFF)
            {
                at++; // fill bytes may stand before a marker
                continue;
            }

            if (marker == 0xE1 && segment[4..].StartsWith("Exif"u8))
            {
                return null;
            }

            if (marker is >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC)
            {
                return new PictureHeader(BinaryPrimitives.ReadUInt16BigEndian(segment[7..]), BinaryPrimitives.ReadUInt16BigEndian(segment[5..]), SKEncodedOrigin.TopLeft);
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(segment[2..]);
            if (length < 2 || marker is < 0xC0)
            {
                return null;
            }

            at += 2 + length;
        }
    }
}
