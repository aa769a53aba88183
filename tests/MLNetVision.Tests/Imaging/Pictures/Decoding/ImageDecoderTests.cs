using System.Security.Cryptography;
using System.Text.Json;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Tests.Support;
using SkiaSharp;

namespace MLNetVision.Tests.Imaging.Pictures.Decoding;

[TestClass]
[TestCategory("Levels")]
public sealed class ImageDecoderTests
{
    private static readonly byte[] SomePixels = [1, 2, 3, 250, 100, 7, 9, 9, 9, 0, 255, 0, 30, 60, 90, 200, 201, 202];

    public static IEnumerable<object[]> ProcessorCases =>
        Goldens.Names("levit-processor").Select(row => new[] { "levit-processor", row[0] })
            .Concat(Goldens.Names("mask2former-processor").Select(row => new[] { "mask2former-processor", row[0] }));

    /// <summary>The goldens give the SHA-256 of each picture's RGB bytes as Pillow 12.3 reads them.</summary>
    [TestMethod]
    [DynamicData(nameof(ProcessorCases))]
    public void Decode_GoldenPng_GivesPillowsBytes(string area, string name)
    {
        GoldenCase golden = Goldens.Load(area, name);
        string[] images = [.. golden.InputNames.Where(input => golden.Input(input).TryGetProperty("rgb_sha256", out _))];
        Assert.IsNotEmpty(images);
        foreach (string input in images)
        {
            RgbImage image = ImageDecoder.Decode(golden.InputImage(input));
            JsonElement expected = golden.Input(input);
            Assert.AreEqual(expected.GetProperty("width").GetInt32(), image.Width);
            Assert.AreEqual(expected.GetProperty("height").GetInt32(), image.Height);
            Assert.AreEqual(expected.GetProperty("rgb_sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(image.Pixels)));
        }
    }

    [TestMethod]
    public void Decode_AlphaOfZero_KeepsTheColourBelow()
    {
        byte[] rgba = [10, 20, 30, 0, 200, 100, 50, 1, 77, 88, 99, 128, 1, 2, 3, 255];
        AssertPixels([10, 20, 30, 200, 100, 50, 77, 88, 99, 1, 2, 3], PngWriter.Write(2, 2, 8, PngWriter.Rgba, rgba));
    }

    [TestMethod]
    public void Decode_GreyAlpha_RepeatsTheGrey() =>
        AssertPixels([10, 10, 10, 200, 200, 200], PngWriter.Write(2, 1, 8, PngWriter.GreyAlpha, [10, 0, 200, 90]));

    [TestMethod]
    public void Decode_TransparentPaletteEntry_KeepsItsColour() =>
        AssertPixels(
            [9, 8, 7, 100, 110, 120, 9, 8, 7],
            PngWriter.Write(3, 1, 8, PngWriter.Palette, [0, 1, 0], palette: [9, 8, 7, 100, 110, 120], transparency: [0, 128]));

    [TestMethod]
    public void Decode_ColourKey_KeepsItsColour() =>
        AssertPixels([9, 8, 7, 1, 2, 3], PngWriter.Write(2, 1, 8, PngWriter.Rgb, [9, 8, 7, 1, 2, 3], transparency: [0, 9, 0, 8, 0, 7]));

    [TestMethod]
    [DataRow(1, 255)]
    [DataRow(2, 85)]
    [DataRow(4, 17)]
    public void Decode_GreyOfFewBits_IsScaledToTheFullRange(int bits, int step)
    {
        int count = 1 << bits;
        var row = new byte[(count * bits + 7) / 8];
        for (int i = 0; i < count; i++)
        {
            row[i * bits / 8] |= (byte)(i << (8 - bits - i * bits % 8));
        }

        AssertPixels([.. Enumerable.Range(0, count * 3).Select(i => (byte)(i / 3 * step))], PngWriter.Write(count, 1, bits, PngWriter.Grey, row));
    }

    [TestMethod]
    public void Decode_SixteenBits_KeepsTheHighByte()
    {
        byte[] rgb = [0x12, 0xFF, 0x34, 0x80, 0x00, 0xFF, 0xFE, 0xFF, 0xFF, 0x00, 0x7F, 0x81];
        AssertPixels([0x12, 0x34, 0x00, 0xFE, 0xFF, 0x7F], PngWriter.Write(2, 1, 16, PngWriter.Rgb, rgb));
        byte[] rgba = [0x12, 0xFF, 0x34, 0x80, 0x00, 0xFF, 0x00, 0x10, 0xFE, 0xFF, 0xFF, 0x00, 0x7F, 0x81, 0x80, 0xFF];
        AssertPixels([0x12, 0x34, 0x00, 0xFE, 0xFF, 0x7F], PngWriter.Write(2, 1, 16, PngWriter.Rgba, rgba));
        AssertPixels([0x12, 0x12, 0x12, 0xFE, 0xFE, 0xFE], PngWriter.Write(2, 1, 16, PngWriter.Grey, [0x12, 0xFF, 0xFE, 0x80]));
    }

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png)]
    [DataRow(SKEncodedImageFormat.Webp)]
    public void Decode_LosslessFormat_GivesThePixelsThatWereWritten(SKEncodedImageFormat format) =>
        AssertPixels(SomePixels, Encode(format));

    [TestMethod]
    public void Decode_Jpeg_ComesClose()
    {
        RgbImage image = ImageDecoder.Decode(Encode(SKEncodedImageFormat.Jpeg, grey: true));
        Assert.AreEqual((3, 2), (image.Width, image.Height));
        foreach (byte value in image.Pixels)
        {
            Assert.IsLessThan(3, Math.Abs(value - 128));
        }
    }

    [TestMethod]
    public void Decode_Bmp_GivesItsPixels()
    {
        byte[] bmp =
        [
            (byte)'B', (byte)'M', 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, // file: size, offset of the pixels
            40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            9, 8, 7, 12, 11, 10, 0, 0, 3, 2, 1, 6, 5, 4, 0, 0, // rows from the bottom, B G R, padded to four bytes
        ];
        AssertPixels([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], bmp);
    }

    [TestMethod]
    public void Decode_Gif_GivesTheFirstFrame()
    {
        byte[] frame(byte index) => [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, (byte)(index == 0 ? 0x44 : 0x4C), 1, 0];
        byte[] gif = [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 200, 10, 30, 1, 2, 3, .. frame(0), .. frame(1), 0x3B];
        AssertPixels([200, 10, 30], gif);
    }

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png)]
    [DataRow(SKEncodedImageFormat.Jpeg)]
    [DataRow(SKEncodedImageFormat.Webp)]
    public void Decode_TruncatedFile_IsAnErrorThatNamesIt(SKEncodedImageFormat format)
    {
        byte[] whole = File.ReadAllBytes(Directory.EnumerateFiles(Path.Combine(Goldens.Root, "images"), "*.png").First());
        using var bitmap = SKBitmap.Decode(whole);
        using SKData data = bitmap.Encode(format, 90);
        string path = Path.Combine(Path.GetTempPath(), $"truncated-{Guid.NewGuid():n}");
        try
        {
            File.WriteAllBytes(path, data.ToArray()[..(int)(data.Size / 2)]);
            InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => ImageDecoder.Decode(path));
            StringAssert.Contains(error.Message, path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Decode_NoPicture_IsAnError()
    {
        Assert.ThrowsExactly<InvalidDataException>(() => ImageDecoder.Decode("this is no picture"u8));
        Assert.ThrowsExactly<InvalidDataException>(() => ImageDecoder.Decode([]));
        Assert.ThrowsExactly<FileNotFoundException>(() => ImageDecoder.Decode("/no/such/file.png".Replace("/no/such/", Path.GetTempPath())));
    }

    [TestMethod]
    public void Decode_Stream_ReadsFromItsPosition()
    {
        using var stream = new MemoryStream([1, 2, 3, .. Encode(SKEncodedImageFormat.Png)]) { Position = 3 };
        CollectionAssert.AreEqual(SomePixels, ImageDecoder.Decode(stream).Pixels.ToArray());
    }

    /// <summary>A 3×2 picture stored so that each of the eight orientations turns it into the same upright one.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    [DataRow(7)]
    [DataRow(8)]
    public void Decode_Orientation_TurnsOnlyWhenAsked(int orientation)
    {
        var upright = new byte[3, 2];
        for (int i = 0; i < 6; i++)
        {
            upright[i % 3, i / 3] = (byte)(i * 40);
        }

        // EXIF: where the stored row 0 and column 0 lie in the upright picture.
        bool swap = orientation >= 5;
        var stored = new RgbImage(swap ? 2 : 3, swap ? 3 : 2);
        for (int row = 0; row < stored.Height; row++)
        {
            for (int column = 0; column < stored.Width; column++)
            {
                (int x, int y) = orientation switch
                {
                    1 => (column, row),
                    2 => (2 - column, row),
                    3 => (2 - column, 1 - row),
                    4 => (column, 1 - row),
                    5 => (row, column),
                    6 => (2 - row, column),
                    7 => (2 - row, 1 - column),
                    _ => (row, 1 - column),
                };
                stored.Row(row).Slice(column * 3, 3).Fill(upright[x, y]);
            }
        }

        RgbImage turned = ImageRotation.Upright(stored, (SKEncodedOrigin)orientation);
        Assert.AreEqual((3, 2), (turned.Width, turned.Height));
        for (int i = 0; i < 6; i++)
        {
            Assert.AreEqual(upright[i % 3, i / 3], turned.Pixels[i * 3], $"pixel {i}");
        }
    }

    [TestMethod]
    public void Decode_JpegWithExif_AppliesItOnlyWhenAsked()
    {
        byte[] jpeg = Encode(SKEncodedImageFormat.Jpeg);
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0, (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
        ];
        byte[] turned = [.. jpeg[..2], .. exif, .. jpeg[2..]];
        RgbImage asStored = ImageDecoder.Decode(turned);
        RgbImage upright = ImageDecoder.Decode(turned, ExifOrientation.Apply);
        Assert.AreEqual((3, 2), (asStored.Width, asStored.Height));
        Assert.AreEqual((2, 3), (upright.Width, upright.Height));
    }

    [TestMethod]
    public void ReadSize_Png_NeedsNoDecoding()
    {
        string path = Directory.EnumerateFiles(Path.Combine(Goldens.Root, "images"), "*.png").First();
        RgbImage image = ImageDecoder.Decode(path);
        Assert.AreEqual((image.Width, image.Height), ImageDecoder.ReadSize(path));
    }

    private static void AssertPixels(byte[] expected, byte[] file) =>
        CollectionAssert.AreEqual(expected, ImageDecoder.Decode(file).Pixels.ToArray());

    private static byte[] Encode(SKEncodedImageFormat format, bool grey = false)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(3, 2, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int i = 0; i < 6; i++)
        {
            bitmap.SetPixel(i % 3, i / 3, grey ? new SKColor(128, 128, 128) : new SKColor(SomePixels[i * 3], SomePixels[i * 3 + 1], SomePixels[i * 3 + 2]));
        }

        if (format == SKEncodedImageFormat.Webp)
        {
            using SKPixmap pixmap = bitmap.PeekPixels();
            using SKData lossless = pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 100));
            return lossless.ToArray();
        }

        using SKData data = bitmap.Encode(format, 100);
        return data.ToArray();
    }
}
