using System.Buffers.Binary;
using System.IO.Compression;
using MLNetVision.Imaging.Pictures.Limits;

namespace MLNetVision.Imaging.Pictures.Decoding;

/// <summary>
/// The values of a grey or palette PNG as they are stored: grey levels of 1 to 16 bits, or palette indices. Picture
/// decoders turn indices into colours and 16 bits into 8, which label maps do not survive. Pictures of three equal channels
/// and of full alpha are read as the grey ones that they stand for.
/// </summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Values">The values, row by row.</param>
public sealed record PngLabels(int Width, int Height, int[] Values)
{
    private const int Palette = 3;

    /// <summary>The passes of an interlaced file: which pixel is the first, and how far it is to the next (PNG specification, section 8).</summary>
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private static readonly (int X, int Y, int StepX, int StepY)[] OnePass = [(0, 0, 1, 1)];

    /// <summary>What the header says.</summary>
    private readonly record struct Header(int Width, int Height, int Bits, int Colour, bool IsInterlaced)
    {
        /// <summary>Grey or index, grey and alpha, colours, colours and alpha.</summary>
        public int Channels => Colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

        public bool HasAlpha => Colour is 4 or 6;

        public int BytesPerPixel => Math.Max(1, Channels * Bits / 8);

        public int RowBytes(int width) => checked((int)(((long)width * Bits * Channels + 7) / 8));
    }

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The file is not a PNG, is broken, or has colours or transparent pixels.</exception>
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

        Header? header = null;
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
                header = ReadHeader(data);
            }
            else if (rest.Slice(4, 4).SequenceEqual("IDAT"u8))
            {
                compressed.Write(data);
            }

            rest = rest[(12 + (int)length)..];
        }

        if (header is not { } found)
        {
            throw new InvalidDataException("The PNG file has no header.");
        }

        if (ShortFiles.IsTooShortPng(compressed.Length, (long)found.Width * found.Height, found.Bits * found.Channels))
        {
            throw new InvalidDataException("The PNG file is truncated.");
        }

        compressed.Position = 0;
        return new PngLabels(found.Width, found.Height, ReadRows(compressed, found));
    }

    private static Header ReadHeader(ReadOnlySpan<byte> header)
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

        PictureLimits.Check("The PNG", width, height);
        bool isKnown = colour switch
        {
            0 => bits is 1 or 2 or 4 or 8 or 16,
            Palette => bits is 1 or 2 or 4 or 8,
            2 or 4 or 6 => bits is 8 or 16,
            _ => false,
        };
        return isKnown && header[12] <= 1
            ? new Header((int)width, (int)height, bits, colour, header[12] == 1)
            : throw new InvalidDataException($"The PNG has colour type {colour} with {bits} bits and interlacing {header[12]}, which there is not.");
    }

    private static int[] ReadRows(Stream compressed, Header header)
    {
        int[] values = new int[header.Width * header.Height];
        byte[] previous = new byte[header.RowBytes(header.Width)];
        byte[] row = new byte[previous.Length];
        int[] line = new int[header.Width];
        Span<byte> filter = stackalloc byte[1];
        try
        {
            using var data = new ZLibStream(compressed, CompressionMode.Decompress);
            foreach ((int firstX, int firstY, int stepX, int stepY) in header.IsInterlaced ? Passes : OnePass)
            {
                int columns = (header.Width - firstX + stepX - 1) / stepX;
                if (columns <= 0)
                {
                    continue;
                }

                int bytes = header.RowBytes(columns);
                previous.AsSpan(0, bytes).Clear();
                for (int y = firstY; y < header.Height; y += stepY)
                {
                    data.ReadExactly(filter);
                    data.ReadExactly(row, 0, bytes);
                    Unfilter(filter[0], row.AsSpan(0, bytes), previous, header.BytesPerPixel);
                    Span<int> target = stepX == 1 ? values.AsSpan(y * header.Width, columns) : line.AsSpan(0, columns);
                    if (header.Channels == 1)
                    {
                        Unpack(row, header.Bits, target);
                    }
                    else
                    {
                        Join(row, header, target);
                    }

                    for (int x = 0; stepX > 1 && x < columns; x++)
                    {
                        values[y * header.Width + firstX + x * stepX] = target[x];
                    }

                    (previous, row) = (row, previous);
                }
            }
        }
        catch (IOException e)
        {
            throw new InvalidDataException(e is EndOfStreamException ? "The PNG file is truncated." : "The PNG file's compressed data are broken.", e);
        }

        return values;
    }

    // Equal channels and full alpha say no more than one channel does.
    private static void Join(ReadOnlySpan<byte> row, Header header, Span<int> values)
    {
        int sample = header.Bits / 8;
        int colours = header.Channels - (header.HasAlpha ? 1 : 0);
        for (int x = 0; x < values.Length; x++)
        {
            ReadOnlySpan<byte> pixel = row.Slice(x * header.BytesPerPixel, header.BytesPerPixel);
            for (int i = 1; i < colours; i++)
            {
                if (!pixel.Slice(i * sample, sample).SequenceEqual(pixel[..sample]))
                {
                    throw new InvalidDataException(
                        "The PNG has colours, where a label map has one value a pixel: grey, a palette or three equal channels. SemanticMaskOptions.Colors gives colours their classes.");
                }
            }

            if (header.HasAlpha && pixel[(colours * sample)..].ContainsAnyExcept((byte)255))
            {
                throw new InvalidDataException("The PNG has transparent pixels, whose values mean nothing; save it without transparency.");
            }

            values[x] = sample == 1 ? pixel[0] : BinaryPrimitives.ReadUInt16BigEndian(pixel);
        }
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
