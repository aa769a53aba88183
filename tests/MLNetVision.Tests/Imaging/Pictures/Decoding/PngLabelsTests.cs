using System.Buffers.Binary;
using System.IO.Compression;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using CsCheck;

namespace MLNetVision.Tests.Imaging.Pictures.Decoding;

[TestClass]
public sealed class PngLabelsTests
{
    private const int Grey = 0;
    private const int Palette = 3;

    private static readonly (int Colour, int Bits)[] Forms = [(Grey, 1), (Grey, 2), (Grey, 4), (Grey, 8), (Grey, 16), (Palette, 1), (Palette, 2), (Palette, 4), (Palette, 8)];

    [TestMethod]
    public void Decode_AnyFormFilterAndSize_GivesStoredValues() =>
        Gen.Select(Gen.Int[0, Forms.Length - 1], Gen.Int[1, 19], Gen.Int[1, 9], Gen.Int[0, 4], Gen.Int[0, 1_000_000]).Sample((form, width, height, filter, seed) =>
        {
            (int colour, int bits) = Forms[form];
            var random = new Random(seed);
            int[] values = [.. Enumerable.Range(0, width * height).Select(_ => random.Next(1 << bits))];
            PngLabels read = PngLabels.Decode(Encode(width, height, colour, bits, filter, values));
            return read.Width == width && read.Height == height && read.Values.SequenceEqual(values);
        }, iter: 500, seed: "0000000000001");

    [TestMethod]
    public void Decode_ColourPng_IsRefused()
    {
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => PngLabels.Decode(Encode(2, 2, colour: 2, bits: 8, filter: 0, new int[4])));
        StringAssert.Contains(error.Message, "colour type 2");
    }

    [TestMethod]
    public void Decode_TruncatedAnywhere_IsRefused()
    {
        byte[] png = Encode(16, 16, Grey, 8, filter: 4, [.. Enumerable.Range(0, 256).Select(i => i * 7 % 256)]);
        int dataEnd = png.Length - 12; // the end chunk may be missing
        for (int length = 0; length < dataEnd; length++)
        {
            Assert.ThrowsExactly<InvalidDataException>(() => PngLabels.Decode(png.AsSpan(0, length)), $"{length} bytes");
        }
    }

    internal static byte[] Encode(int width, int height, int colour, int bits, int filter, int[] values)
    {
        int channels = colour == 2 ? 3 : 1;
        int rowBytes = (width * bits * channels + 7) / 8;
        int step = Math.Max(1, bits * channels / 8);
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] above = new byte[rowBytes];
            for (int y = 0; y < height; y++)
            {
                byte[] row = Pack(values.AsSpan(y * width, width), bits, rowBytes);
                zlib.WriteByte((byte)filter);
                for (int i = 0; i < rowBytes; i++)
                {
                    int left = i >= step ? row[i - step] : 0;
                    int corner = i >= step ? above[i - step] : 0;
                    zlib.WriteByte((byte)(row[i] - Predict(filter, left, above[i], corner)));
                }

                above = row;
            }
        }

        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = ((byte)bits, (byte)colour);
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, compressed.ToArray());
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static byte[] Pack(ReadOnlySpan<int> values, int bits, int rowBytes)
    {
        byte[] row = new byte[rowBytes];
        for (int x = 0; x < values.Length; x++)
        {
            if (bits == 16)
            {
                BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(2 * x), (ushort)values[x]);
            }
            else
            {
                row[x * bits / 8] |= (byte)(values[x] << (8 - bits - x * bits % 8));
            }
        }

        return row;
    }

    private static int Predict(int filter, int left, int above, int corner)
    {
        int estimate = left + above - corner;
        (int Distance, int Order, int Value)[] candidates = [(Math.Abs(estimate - left), 0, left), (Math.Abs(estimate - above), 1, above), (Math.Abs(estimate - corner), 2, corner)];
        return filter switch { 1 => left, 2 => above, 3 => (left + above) / 2, 4 => candidates.Min().Value, _ => 0 };
    }

    private static void WriteChunk(Stream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        png.Write(stackalloc byte[4]); // the check sum is not looked at
    }
}
