using System.Buffers.Binary;
using System.IO.Compression;

namespace MLNetVision.Imaging.Pictures.Writing;

/// <summary>PNG files whose pixels are indices into a palette, which picture encoders do not offer: label maps are stored so.</summary>
internal static class IndexedPng
{
    private const int BitsPerPixel = 8, PaletteColour = 3;

    /// <summary>Writes a file.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="indices">The pixels, row by row.</param>
    /// <param name="palette">Red, green and blue of each index, at most 256.</param>
    public static void Write(Stream file, int width, int height, ReadOnlySpan<byte> indices, ReadOnlySpan<byte> palette)
    {
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (BitsPerPixel, PaletteColour);
        PngChunk.Write(file, "IHDR", header);
        PngChunk.Write(file, "PLTE", palette);
        using var compressed = new MemoryStream();
        using (var rows = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                rows.WriteByte(0); // no filter
                rows.Write(indices.Slice(y * width, width));
            }
        }

        PngChunk.Write(file, "IDAT", compressed.GetBuffer().AsSpan(0, (int)compressed.Length));
        PngChunk.Write(file, "IEND", []);
    }
}
