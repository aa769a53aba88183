using System.Buffers.Binary;
using System.IO.Compression;

namespace MLNetVision.Imaging.Pictures.Decoding;

/// <summary>
/// The values of a grey or palette PNG as they are stored: grey levels of 1 to 16 bits, or palette indices. Picture
/// decoders turn indices into colours and 16 bits into 8, which label maps do not survive.
/// </summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Values">The values, row by row.</param>
public sealed record PngLabels(int Width, int Height, int[] Values)
{
    private const int Grey = 0;
    private const int Palette = 3;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The file is not a PNG, is broken, has colours instead of values, or is interlaced.</exception>
    public static PngLabels Read(string path)
    {
        try
        {
            return Decode(File.ReadAllBytes(path));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}': {e.Message}", e);
        }
    }

    /// <summary>Decodes the bytes of a file.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    public static PngLabels Decode(ReadOnlySpan<byte> png)
    {
        if (!png.StartsWith(Signature))
        {
            throw new InvalidDataException("Not a PNG file.");
        }

        int width = 0, height = 0, bits = 0;
        using var compressed = new MemoryStream();
        for (ReadOnlySpan<byte> rest = png[Signature.Length..]; rest.Length >= 12;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
            {
                throw new InvalidDataException("The PNG file is truncated.");
            }

            ReadOnlySpan<byte> data = rest.Slice(8, (int)length);
            if (rest.Slice(4, 4).SequenceEqual("IHDR"u8))
            {
                (width, height, bits) = ReadHeader(data);
            }
            else if (rest.Slice(4, 4).SequenceEqual("IDAT"u8))
            {
                compressed.Write(data);
            }

            rest = rest[(12 + (int)length)..];
        }

        if (bits == 0)
        {
            throw new InvalidDataException("The PNG file has no header.");
        }

        compressed.Position = 0;
        return new PngLabels(width, height, ReadRows(compressed, width, height, bits));
    }

    private static (int Width, int Height, int Bits) ReadHeader(ReadOnlySpan<byte> header)
    {
        if (header.Length != 13)
        {
            throw new InvalidDataException("The PNG header is broken.");
        }

        uint width = BinaryPrimitives.ReadUInt32BigEndian(header);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        int bits = header[8];
        int colour = header[9];
        if (width == 0 || height == 0 || (ulong)width * height > int.MaxValue / 4)
        {
            throw new InvalidDataException($"The PNG is {width}×{height}; expected 1 to 2^29 pixels.");
        }

        if (colour is not (Grey or Palette) || bits is not (1 or 2 or 4 or 8 or 16) || (colour == Palette && bits == 16))
        {
            throw new InvalidDataException($"A label map is a grey or palette PNG; this one has colour type {colour} with {bits} bits.");
        }

        return header[12] == 0
            ? ((int)width, (int)height, bits)
            : throw new InvalidDataException("Interlaced PNG label maps are not supported; save it without interlacing.");
    }

    private static int[] ReadRows(Stream compressed, int width, int height, int bits)
    {
        int bytesPerPixel = Math.Max(1, bits / 8);
        int rowBytes = (int)(((long)width * bits + 7) / 8);
        int[] values = new int[width * height];
        byte[] previous = new byte[rowBytes];
        byte[] row = new byte[rowBytes];
        Span<byte> filter = stackalloc byte[1];
        try
        {
            using var data = new ZLibStream(compressed, CompressionMode.Decompress);
            for (int y = 0; y < height; y++)
            {
                data.ReadExactly(filter);
                data.ReadExactly(row);
                Unfilter(filter[0], row, previous, bytesPerPixel);
                Unpack(row, bits, values.AsSpan(y * width, width));
                (previous, row) = (row, previous);
            }
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("The PNG file is truncated.", e);
        }

        return values;
    }

    /// <summary>PNG specification, section 9: each byte was stored as a difference to a prediction from its neighbours.</summary>
    private static void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int step)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= step ? row[i - step] : 0;
            int corner = i >= step ? above[i - step] : 0;
            row[i] += filter switch
            {
                0 => 0,
                1 => (byte)left,
                2 => above[i],
                3 => (byte)((left + above[i]) / 2),
                4 => (byte)Paeth(left, above[i], corner),
                _ => throw new InvalidDataException($"The PNG file has the unknown filter {filter}."),
            };
        }
    }

    private static int Paeth(int left, int above, int corner)
    {
        int estimate = left + above - corner;
        int toLeft = Math.Abs(estimate - left);
        int toAbove = Math.Abs(estimate - above);
        int toCorner = Math.Abs(estimate - corner);
        if (toLeft <= toAbove && toLeft <= toCorner)
        {
            return left;
        }

        return toAbove <= toCorner ? above : corner;
    }

    private static void Unpack(ReadOnlySpan<byte> row, int bits, Span<int> values)
    {
        for (int x = 0; x < values.Length; x++)
        {
            values[x] = bits switch
            {
                16 => BinaryPrimitives.ReadUInt16BigEndian(row[(2 * x)..]),
                8 => row[x],
                _ => (row[x * bits / 8] >> (8 - bits - (x * bits % 8))) & ((1 << bits) - 1),
            };
        }
    }
}
