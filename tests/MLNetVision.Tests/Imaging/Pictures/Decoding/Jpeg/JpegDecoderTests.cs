using CsCheck;
using MLNetVision.Imaging.Levels;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Decoding.Jpeg;
using SkiaSharp;

namespace MLNetVision.Tests.Imaging.Pictures.Decoding.Jpeg;

[TestClass]
public sealed class JpegDecoderTests
{
    /// <summary>Noise and gradients at every quality and sampling, against SkiaSharp's libjpeg-turbo.</summary>
    [TestMethod]
    public void TryDecode_AnyUsualJpeg_GivesSkiasPixels() =>
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 70], Gen.Int[1, 100], Gen.Int[0, 2], Gen.Int[0, 255], Gen.Int).Sample((width, height, quality, sampling, noise, seed) =>
        {
            byte[] file = Encode(width, height, quality, (SKJpegEncoderDownsample)sampling, noise, seed);
            AssertLikeSkia(file, mustDecode: KernelLevels.UsesAvx2 && width > 4);
        }, iter: 400, seed: "0000000000001");

    [TestMethod]
    public void TryDecode_PhotosOfTheRepository_GivesSkiasPixels()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "MLNetVision.sln")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        string[] files = [.. Directory.EnumerateFiles(Path.Combine(root, "datasets"), "*.jpg", SearchOption.AllDirectories).Order().Take(40)];
        Assert.IsNotEmpty(files);
        foreach (string file in files)
        {
            AssertLikeSkia(File.ReadAllBytes(file), mustDecode: KernelLevels.UsesAvx2);
        }
    }

    /// <summary>Any damage leads to SkiaSharp's answer, or to sound pixels; never to a crash.</summary>
    [TestMethod]
    public void TryDecode_DamagedFile_NeverCrashes() =>
        Gen.Select(Gen.Int[5, 40], Gen.Int[1, 40], Gen.Double.Unit, Gen.Byte, Gen.Double.Unit, Gen.Int).Sample((width, height, place, value, end, seed) =>
        {
            byte[] file = Encode(width, height, 80, SKJpegEncoderDownsample.Downsample420, 60, seed);
            file[(int)(place * (file.Length - 1))] = value;
            file = file[..(int)(file.Length * Math.Min(1, end * 2))];
            using var decoded = TryDecode(file, out _, out _);
        }, iter: 2000, seed: "0000000000001");

    [TestMethod]
    public void TryDecode_TruncatedScan_IsLeftToSkia()
    {
        byte[] file = Encode(64, 64, 90, SKJpegEncoderDownsample.Downsample420, 60, 1);
        for (int length = file.Length - 400; length < file.Length; length++)
        {
            using var decoded = TryDecode(file[..length], out _, out _);
            Assert.IsNull(decoded?.Array);
        }
    }

    private sealed class Rented(byte[]? array) : IDisposable
    {
        public byte[]? Array => array;

        public void Dispose()
        {
            if (array is not null)
            {
                System.Buffers.ArrayPool<byte>.Shared.Return(array);
            }
        }
    }

    private static Rented TryDecode(byte[] file, out int width, out int height) => new(JpegDecoder.TryDecode(file, out _, out width, out height));

    private static void AssertLikeSkia(byte[] file, bool mustDecode)
    {
        using Rented decoded = TryDecode(file, out int width, out int height);
        if (decoded.Array is null)
        {
            Assert.IsFalse(mustDecode, "The file was left to SkiaSharp.");
            return;
        }

        using DecodedPixels expected = DecodedPixels.DecodeAny(file, null);
        Assert.AreEqual((expected.Width, expected.Height), (width, height));
        var own = new byte[width * height * 3];
        PixelPacking.DropFourth(decoded.Array.AsSpan(0, width * height * 4), own);
        byte[] skias = expected.ToImage(ExifOrientation.Ignore).Pixels.ToArray();
        int different = own.AsSpan().CommonPrefixLength(skias);
        Assert.AreEqual(own.Length, different, $"{width}×{height}: byte {different} is {own.ElementAtOrDefault(different)}, SkiaSharp's {skias.ElementAtOrDefault(different)}");
    }

    private static byte[] Encode(int width, int height, int quality, SKJpegEncoderDownsample sampling, int noise, int seed)
    {
        var random = new Random(seed);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int i = 0; i < width * height; i++)
        {
            byte value(int of) => (byte)Math.Clamp(i % width * of + i / width * 3 + random.Next(-noise, noise + 1), 0, 255);
            bitmap.SetPixel(i % width, i / width, new SKColor(value(1), value(4), value(7)));
        }

        using SKPixmap pixmap = bitmap.PeekPixels();
        using SKData data = pixmap.Encode(new SKJpegEncoderOptions(quality, sampling, SKJpegEncoderAlphaOption.Ignore));
        return data.ToArray();
    }
}
