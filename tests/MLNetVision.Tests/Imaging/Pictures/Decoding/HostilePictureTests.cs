using System.Buffers.Binary;
using MLNetVision.Imaging.Levels;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Decoding.Jpeg;
using MLNetVision.Imaging.Pictures.Limits;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Tests.Support;
using SkiaSharp;
using TorchSharp;

namespace MLNetVision.Tests.Imaging.Pictures.Decoding;

[TestClass]
public sealed class HostilePictureTests
{
    private static IEnumerable<string> CaseFiles => new[] { "*.png", "*.jpg", "*.gif" }.SelectMany(pattern => Cases.Files("hostile", pattern));

    [TestMethod]
    public void Process_HostileFile_CostsLittleInBothModels()
    {
        var levit = new LevitImageProcessor { MaxDegreeOfParallelism = 1 };
        var mask2Former = new Mask2FormerImageProcessor { MaxDegreeOfParallelism = 1 };
        foreach (string file in CaseFiles)
        {
            Cases.Cheaply(file, () => levit.Process(file).Dispose());
            Cases.Cheaply(file, () => mask2Former.Process(file).Dispose());
            Cases.Cheaply(file, () => ImageDecoder.Decode(file));
            Cases.Cheaply(file, () => PngLabels.Read(file));
        }
    }

    [TestMethod]
    [DataRow(200_000, 1)]
    [DataRow(1, 200_000)]
    [DataRow(3_000_000, 1)]
    [DataRow(1, 3_000_000)]
    public void Process_ExtremeShape_CostsWhatItsPixelsDo(int width, int height)
    {
        var picture = new RgbImage(width, height);
        string name = $"{width}×{height}";
        foreach (Resampling resampling in Enum.GetValues<Resampling>())
        {
            var levit = new LevitImageProcessor(new LevitImageProcessorConfig { Resample = resampling }) { MaxDegreeOfParallelism = 1 };
            var mask2Former = new Mask2FormerImageProcessor(new Mask2FormerImageProcessorConfig { Resample = resampling }) { MaxDegreeOfParallelism = 1 };
            Assert.IsNull(Cases.Cheaply(name, () => AssertShape(levit.Process(picture), 224, 224)));
            Assert.IsNull(Cases.Cheaply(name, () => mask2Former.Process(picture).Dispose()));
        }

        static void AssertShape(torch.Tensor input, long height, long width)
        {
            using (input)
            {
                CollectionAssert.AreEqual(new[] { 1, 3, height, width }, input.shape);
            }
        }
    }

    /// <summary>Training cuts the same parts out of the resized picture as scoring, and others at random.</summary>
    [TestMethod]
    [DataRow(200_000, 1)]
    [DataRow(1, 200_000)]
    public void Train_ExtremeShape_CostsWhatItsPixelsDo(int width, int height)
    {
        var picture = new RgbImage(width, height);
        picture.Pixels.Fill(7);
        RgbImage? scoring = null, scene = null;
        Assert.IsNull(Cases.Cheaply("scoring", () => scoring = new ScoringGeometry(new LevitImageProcessor()).Apply(picture)));
        var augmentation = new SegmentationAugmentation { Reference = ScaleReference.ShorterSide, CropWidth = 64, CropHeight = 48 };
        Assert.IsNull(Cases.Cheaply("scene", () => scene = new SceneTransform(augmentation, width, height, new RandomStream(1, RandomPurpose.Augmentation, 0, 0)).Apply(picture)));
        Assert.IsFalse(scoring!.Pixels.ContainsAnyExcept((byte)7));
        Assert.IsLessThanOrEqualTo(64, scene!.Width);
    }

    [TestMethod]
    public void Process_PictureThatWouldBeTooLong_IsRefused()
    {
        var picture = new RgbImage(20_000_000, 1);
        StringAssert.Contains(Cases.Cheaply("levit", () => new LevitImageProcessor().Process(picture).Dispose()), "5120000000 pixels long");
        var uncropped = new LevitImageProcessor(new LevitImageProcessorConfig { DoCenterCrop = false });
        StringAssert.Contains(Cases.Cheaply("uncropped", () => uncropped.Process(new RgbImage(100_000, 1)).Dispose()), "after resizing");
    }

    /// <summary>The header of each format with a size beyond the limit; nothing more needs to be there.</summary>
    [TestMethod]
    [DataRow("png")]
    [DataRow("jpeg")]
    [DataRow("gif")]
    [DataRow("bmp")]
    [DataRow("webp")]
    public void Decode_HeaderOfTooManyPixels_IsRefusedBeforeMemoryIsTaken(string format)
    {
        byte[] file = format switch
        {
            "png" => Png(30_000, 30_000),
            "jpeg" => Jpeg(60_000, 60_000),
            "gif" => Gif(23_000, 23_000),
            "bmp" => Bmp(30_000, 30_000),
            _ => Webp(16_384, 16_384),
        };
        string? refusal = Cases.Cheaply(format, () => ImageDecoder.Decode(file));
        Assert.IsNotNull(refusal);
        StringAssert.Contains(refusal, $"{PictureLimits.DefaultMaximumPixels} pixels");
        StringAssert.Contains(refusal, nameof(PictureLimits.MaximumPixels));
    }

    /// <summary>Within the limit, but with fewer bytes than so many pixels can have.</summary>
    [TestMethod]
    [DataRow("png")]
    [DataRow("jpeg")]
    [DataRow("gif")]
    [DataRow("bmp")]
    [DataRow("webp")]
    public void Decode_FileTooShortForItsPixels_IsRefusedBeforeMemoryIsTaken(string format)
    {
        byte[] file = format switch
        {
            "png" => Png(13_000, 13_000),
            "jpeg" => Jpeg(13_000, 13_000),
            "gif" => Gif(13_000, 13_000),
            "bmp" => Bmp(13_000, 13_000),
            _ => Webp(13_000, 13_000),
        };
        Assert.IsNotNull(Cases.Cheaply(format, () => ImageDecoder.Decode(file)));
    }

    [TestMethod]
    public void Decode_LabelMapTooLargeOrTooShort_IsRefusedBeforeMemoryIsTaken()
    {
        StringAssert.Contains(Cases.Cheaply("large", () => PngLabels.Decode(Png(20_000, 20_000))), $"{PictureLimits.DefaultMaximumPixels} pixels");
        StringAssert.Contains(Cases.Cheaply("short", () => PngLabels.Decode(Png(13_000, 13_000))), "truncated");
    }

    [TestMethod]
    public void Decode_EmptyPicturesThatCompressWell_AreRead()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(3_000, 2_000, SKColorType.Rgba8888, SKAlphaType.Opaque));
        foreach (SKEncodedImageFormat format in new[] { SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp })
        {
            using SKData data = bitmap.Encode(format, 1);
            Assert.AreEqual(3_000, ImageDecoder.Decode(data.ToArray()).Width, $"{format}");
        }
    }

    [TestMethod]
    public async Task MaximumPixels_SetLowerOrHigher_Counts()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.png"], PngWriter.Write(20, 10, 8, PngWriter.Grey, new byte[200]));
        foreach ((string limit, string expected) in new[] { ("199", "refused"), ("200", "20×10") })
        {
            FreshProcessResult result = await FreshProcess.RunAsync(null, "decode-with-limit", folder["a.png"], limit);
            Assert.AreEqual(0, result.ExitCode, result.Error);
            StringAssert.StartsWith(result.Output, expected);
        }
    }

    [TestMethod]
    public void MaximumPixels_BelowOne_IsRefused() =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => PictureLimits.MaximumPixels = 0);

    /// <summary>Values of the quantisation table that no encoder of pictures writes: libjpeg's 16-bit sums wrap around.</summary>
    [TestMethod]
    [DataRow(0, 0xFFFF)]
    [DataRow(0, 0x8001)]
    [DataRow(3, 0xFFFF)]
    [DataRow(5, 0x4000)]
    [DataRow(1, 0x2000)]
    public void TryDecode_TablesOf16BitsThatOverflow_AreLeftToSkia(int place, int value)
    {
        byte[] file = WithWideTables(place, (ushort)value);
        Assert.IsNull(JpegDecoder.TryDecode(file, out _, out _, out _));
        using DecodedPixels expected = DecodedPixels.DecodeAny(file, null);
        CollectionAssert.AreEqual(expected.ToImage(ExifOrientation.Ignore).Pixels.ToArray(), ImageDecoder.Decode(file).Pixels.ToArray());
    }

    [TestMethod]
    public void TryDecode_TablesOf16BitsThatDoNotOverflow_GivesSkiasPixels()
    {
        byte[] file = WithWideTables(0, 0);
        byte[]? own = JpegDecoder.TryDecode(file, out _, out int width, out int height);
        Assert.AreEqual(KernelLevels.UsesAvx2, own is not null);
        if (own is not null)
        {
            using DecodedPixels expected = DecodedPixels.DecodeAny(file, null);
            var pixels = new byte[width * height * 3];
            PixelPacking.DropFourth(own.AsSpan(0, width * height * 4), pixels);
            CollectionAssert.AreEqual(expected.ToImage(ExifOrientation.Ignore).Pixels.ToArray(), pixels);
        }
    }

    /// <summary>A JPEG whose tables have 16 bits, one value of them another one where it is not 0.</summary>
    private static byte[] WithWideTables(int place, ushort value)
    {
        var random = new Random(3);
        using var bitmap = new SKBitmap(new SKImageInfo(40, 24, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int i = 0; i < 40 * 24; i++)
        {
            bitmap.SetPixel(i % 40, i / 40, new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)));
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 60);
        byte[] file = data.ToArray();
        using var wide = new MemoryStream();
        wide.Write(file, 0, 2);
        for (int at = 2; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at + 2));
            ReadOnlySpan<byte> segment = file.AsSpan(at + 4, length - 2);
            if (file[at + 1] != 0xDB)
            {
                int rest = file[at + 1] == 0xDA ? file.Length - at : 2 + length;
                wide.Write(file, at, rest);
                at += rest;
                continue;
            }

            wide.Write([0xFF, 0xDB, (byte)((2 + segment.Length / 65 * 129) >> 8), (byte)(2 + segment.Length / 65 * 129)]);
            for (; segment.Length >= 65; segment = segment[65..])
            {
                wide.WriteByte((byte)(0x10 | segment[0]));
                for (int i = 0; i < 64; i++)
                {
                    int entry = i == place && value != 0 ? value : segment[1 + i];
                    wide.Write([(byte)(entry >> 8), (byte)entry]);
                }
            }

            at += 2 + length;
        }

        return wide.ToArray();
    }

    private static byte[] Png(int width, int height)
    {
        byte[] file = PngWriter.Write(1, 1, 8, PngWriter.Grey, [0]);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Crc(file.AsSpan(12, 17)));
        return file;

        static uint Crc(ReadOnlySpan<byte> bytes)
        {
            uint crc = uint.MaxValue;
            foreach (byte value in bytes)
            {
                crc ^= value;
                for (int bit = 0; bit < 8; bit++)
                {
                    crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
                }
            }

            return ~crc;
        }
    }

    private static byte[] Jpeg(ushort width, ushort height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(16, 16, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        byte[] file = data.ToArray();
        int frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), height);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), width);
        return file;
    }

    private static byte[] Gif(ushort width, ushort height)
    {
        byte[] size = [(byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8)];
        return [.. "GIF89a"u8, .. size, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2C, 0, 0, 0, 0, .. size, 0, 2, 2, 0x4C, 1, 0, 0x3B];
    }

    private static byte[] Bmp(int width, int height)
    {
        byte[] file = new byte[58];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 54);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        file[26] = 1;
        file[28] = 24;
        return file;
    }

    /// <summary>A lossless picture's header: 14 bits a side, less one.</summary>
    private static byte[] Webp(int width, int height)
    {
        byte[] file = [.. "RIFF\0\0\0\0WEBPVP8L"u8, 0, 0, 0, 0, 0x2F, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), 1 << 20);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), (1 << 20) - 12);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(21), (uint)(width - 1) | ((uint)(height - 1) << 14));
        return file;
    }
}
