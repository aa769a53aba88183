using System.Buffers.Binary;
using System.IO.Compression;
using CsCheck;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Tests.Support;

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
    public void Decode_ColoursAndTransparentPixels_AreRefused()
    {
        string colours = Assert.ThrowsExactly<InvalidDataException>(() => PngLabels.Decode(PngWriter.Write(2, 1, 8, PngWriter.Rgb, [1, 1, 1, 1, 2, 1]))).Message;
        StringAssert.Contains(colours, "colours");
        string clear = Assert.ThrowsExactly<InvalidDataException>(() => PngLabels.Decode(PngWriter.Write(2, 1, 8, PngWriter.GreyAlpha, [1, 255, 2, 254]))).Message;
        StringAssert.Contains(clear, "transparent");
    }

    [TestMethod]
    public void Decode_EqualChannelsAndFullAlpha_AreTheGreyThatTheyStandFor()
    {
        int[] expected = [1, 200];
        CollectionAssert.AreEqual(expected, PngLabels.Decode(PngWriter.Write(2, 1, 8, PngWriter.Rgb, [1, 1, 1, 200, 200, 200])).Values);
        CollectionAssert.AreEqual(expected, PngLabels.Decode(PngWriter.Write(2, 1, 8, PngWriter.Rgba, [1, 1, 1, 255, 200, 200, 200, 255])).Values);
        CollectionAssert.AreEqual(expected, PngLabels.Decode(PngWriter.Write(2, 1, 8, PngWriter.GreyAlpha, [1, 255, 200, 255])).Values);
        CollectionAssert.AreEqual(new[] { 258, 200 }, PngLabels.Decode(PngWriter.Write(2, 1, 16, PngWriter.GreyAlpha, [1, 2, 255, 255, 0, 200, 255, 255])).Values);
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(3, 2)]
    [DataRow(8, 8)]
    [DataRow(19, 9)]
    public void Decode_Interlaced_GivesStoredValues(int width, int height)
    {
        foreach ((int colour, int bits) in Forms)
        {
            int[] values = [.. Enumerable.Range(0, width * height).Select(i => i * 37 % (1 << bits))];
            CollectionAssert.AreEqual(values, PngLabels.Decode(Encode(width, height, colour, bits, filter: 0, values, isInterlaced: true)).Values);
        }
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

    internal static byte[] Encode(int width, int height, int colour, int bits, int filter, int[] values, bool isInterlaced = false)
    {
        int step = Math.Max(1, bits / 8);
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            // The seven passes of the specification, each a picture of its own.
            (int X, int Y, int StepX, int StepY)[] passes = isInterlaced
                ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
                : [(0, 0, 1, 1)];
            foreach ((int firstX, int firstY, int stepX, int stepY) in passes)
            {
                int[] columns = [.. Enumerable.Range(0, width).Where(x => x >= firstX && (x - firstX) % stepX == 0)];
                byte[] above = new byte[(columns.Length * bits + 7) / 8];
                for (int y = firstY; y < height && columns.Length > 0; y += stepY)
                {
                    byte[] row = Pack([.. columns.Select(x => values[y * width + x])], bits, above.Length);
                    zlib.WriteByte((byte)filter);
                    for (int i = 0; i < row.Length; i++)
                    {
                        int left = i >= step ? row[i - step] : 0;
                        int corner = i >= step ? above[i - step] : 0;
                        zlib.WriteByte((byte)(row[i] - Predict(filter, left, above[i], corner)));
                    }

                    above = row;
                }
            }
        }

        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)bits, (byte)colour, (byte)(isInterlaced ? 1 : 0));
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
