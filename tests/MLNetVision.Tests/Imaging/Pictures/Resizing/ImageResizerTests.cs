using CsCheck;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Kernels;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Imaging.Pictures.Resizing.Filters;
using MLNetVision.Imaging.Pictures.Resizing.Kernels;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Imaging.Pictures.Resizing;

[TestClass]
[TestCategory("Levels")]
public sealed class ImageResizerTests
{
    private static readonly Gen<Resampling> AnyResampling = Gen.Int[0, 5].Select(code => (Resampling)code);

    private static readonly Gen<RgbImage> AnyImage =
        from width in Gen.Int[1, 70]
        from height in Gen.Int[1, 40]
        from pixels in Gen.Byte.Array[width * height * 3]
        select new RgbImage(width, height, pixels);

    /// <summary>The goldens hold what Pillow 12.3 makes of each picture, for every filter.</summary>
    [TestMethod]
    [DynamicData(nameof(ResizedCases))]
    public void Resize_GoldenPicture_IsPillowsByteForByte(string area, string name)
    {
        GoldenCase golden = Goldens.Load(area, name);
        var resampling = (Resampling)golden.Json.GetProperty("effective_parameters").GetProperty("resample").GetInt32();
        foreach (string expected in golden.ExpectedNames.Where(IsResized))
        {
            long[] shape = GoldenCase.Longs(golden.Expected(expected).GetProperty("shape"));
            RgbImage image = ImageDecoder.Decode(golden.InputImage("image." + expected["resized.".Length..]));
            foreach (ResampleKernel kernel in ResampleKernels.Available)
            {
                RgbImage resized = ImageResizer.Resize(image, (int)shape[1], (int)shape[0], resampling, kernel);
                using var tensor = TorchSharp.torch.tensor(resized.Pixels.ToArray(), shape);
                golden.AssertTensor(expected, tensor);
            }
        }
    }

    public static IEnumerable<object[]> ResizedCases =>
        from area in new[] { "levit-processor", "mask2former-processor" }
        from row in Goldens.Names(area, golden => golden.ExpectedNames.Any(IsResized))
        select new[] { area, row[0] };

    [TestMethod]
    public void Resize_AnyKernel_GivesTheSameBytes() =>
        Gen.Select(AnyImage, Gen.Int[1, 90], Gen.Int[1, 60], AnyResampling).Sample((image, width, height, resampling) =>
        {
            byte[] portable = ImageResizer.Resize(image, width, height, resampling, ResampleKernel.Portable).Pixels.ToArray();
            foreach (ResampleKernel kernel in ResampleKernels.Available)
            {
                CollectionAssert.AreEqual(portable, ImageResizer.Resize(image, width, height, resampling, kernel).Pixels.ToArray(), $"{kernel}");
            }
        }, iter: 300, seed: "0000000000001");

    [TestMethod]
    public void Resize_AnyKernel_GivesTheDefinitionsBytes() =>
        Gen.Select(AnyImage, Gen.Int[1, 90], Gen.Int[1, 60], AnyResampling.Where(r => r != Resampling.Nearest)).Sample((image, width, height, resampling) =>
        {
            byte[] expected = ByDefinition(image, width, height, resampling);
            CollectionAssert.AreEqual(expected, ImageResizer.Resize(image, width, height, resampling).Pixels.ToArray());
        }, iter: 200, seed: "0000000000001");

    [TestMethod]
    public void Resize_SameSize_CopiesThePicture() =>
        Gen.Select(AnyImage, AnyResampling).Sample((image, resampling) =>
        {
            RgbImage copy = ImageResizer.Resize(image, image.Width, image.Height, resampling);
            Assert.AreNotSame(image, copy);
            CollectionAssert.AreEqual(image.Pixels.ToArray(), copy.Pixels.ToArray());
        }, iter: 100, seed: "0000000000001");

    [TestMethod]
    public void Resize_ConstantPicture_StaysConstant() =>
        Gen.Select(AnyImage, Gen.Int[1, 90], Gen.Int[1, 60], AnyResampling, Gen.Byte).Sample((image, width, height, resampling, value) =>
        {
            image.Pixels.Fill(value);
            Assert.IsFalse(ImageResizer.Resize(image, width, height, resampling).Pixels.ContainsAnyExcept(value));
        }, iter: 200, seed: "0000000000001");

    /// <summary>Four bytes a pixel, as decoders give them, and only a window of the result.</summary>
    [TestMethod]
    public void Run_WindowOfFourBytePixels_IsCutFromTheWholeResult() =>
        Gen.Select(AnyImage, Gen.Int[1, 90], Gen.Int[1, 60], AnyResampling, Gen.Double.Unit.Array[4]).Sample((image, width, height, resampling, cut) =>
        {
            RgbImage whole = ImageResizer.Resize(image, width, height, resampling);
            int left = (int)(cut[0] * (width - 1)), top = (int)(cut[1] * (height - 1));
            var window = new PixelWindow(left, top, 1 + (int)(cut[2] * (width - left - 1)), 1 + (int)(cut[3] * (height - top - 1)));
            foreach (ResampleKernel kernel in ResampleKernels.Available)
            {
                RgbImage part = Window(image, width, height, resampling, window, kernel);
                for (int y = 0; y < window.Height; y++)
                {
                    CollectionAssert.AreEqual(
                        whole.Row(window.Top + y).Slice(window.Left * 3, window.Width * 3).ToArray(), part.Row(y).ToArray(), $"{kernel}, row {y}");
                }
            }
        }, iter: 200, seed: "0000000000001");

    /// <summary>Positions are summed up, not multiplied: from 7 to 52 the two differ in rounding.</summary>
    [TestMethod]
    public void Nearest_AnySizes_AddsTheScaleStepByStep() =>
        Gen.Select(Gen.Int[1, 3000], Gen.Int[1, 3000]).Sample((from, to) =>
        {
            double scale = (double)from / to, position = scale * 0.5;
            foreach (int index in NearestIndices.Get(from, to))
            {
                Assert.AreEqual((int)position, index);
                position += scale;
            }
        }, iter: 100, seed: "0000000000001");

    /// <summary>Positions of far windows are reached in leaps over what single steps would make.</summary>
    [TestMethod]
    public void Nearest_WindowOfALongSide_IsWhatSingleStepsGive() =>
        Gen.Select(Gen.Int[1, 3_000_000], Gen.Int[1 << 20, 6_000_000], Gen.Double.Unit).Sample((from, to, place) =>
        {
            int first = (int)(place * (to - 100));
            double scale = (double)from / to, position = scale * 0.5;
            for (int i = 0; i < first; i++)
            {
                position += scale;
            }

            foreach (int index in NearestIndices.Get(from, to, first, 100))
            {
                Assert.AreEqual(Math.Min((int)position, from - 1), index);
                position += scale;
            }
        }, iter: 30, seed: "0000000000001");

    /// <summary>Sides so long that their tables are made in parts, and rows that are made in bands: against the definition, wherever the window is.</summary>
    [TestMethod]
    [DataRow(40_000, 1, 9_000, 2, Resampling.Lanczos)]
    [DataRow(1, 40_000, 2, 9_000, Resampling.Lanczos)]
    [DataRow(300_000, 2, 7, 3, Resampling.Bicubic)]
    [DataRow(2, 300_000, 3, 7, Resampling.Bicubic)]
    [DataRow(3, 200_000, 160, 70_000, Resampling.Bilinear)]
    [DataRow(70, 3, 400_000, 2, Resampling.Bilinear)]
    public void Run_LongSide_IsTheDefinitionsWindow(int fromWidth, int fromHeight, int width, int height, Resampling resampling)
    {
        var image = new RgbImage(fromWidth, fromHeight);
        new Random(1).NextBytes(image.Pixels);
        int left = width / 3, top = height / 3;
        var window = new PixelWindow(left, top, Math.Min(width - left, 5_000), Math.Min(height - top, 30_000));
        foreach (ResampleKernel kernel in ResampleKernels.Available)
        {
            RgbImage part = Window(image, width, height, resampling, window, kernel);
            for (int probe = 0; probe < 40; probe++)
            {
                int x = (int)((long)(window.Width - 1) * probe / 39), y = (int)((long)(window.Height - 1) * ((probe * 17) % 40) / 39);
                CollectionAssert.AreEqual(
                    PixelByDefinition(image, width, height, resampling, left + x, top + y), part.Row(y).Slice(3 * x, 3).ToArray(), $"{kernel}, ({x}, {y})");
            }
        }
    }

    [TestMethod]
    public void Resize_ManyLongSides_KeepsFewBytes()
    {
        for (int width = 65_000; width < 65_010; width++)
        {
            _ = Window(new RgbImage(width, 1), 256 * width, 256, Resampling.Bicubic, new PixelWindow(128 * width, 16, 224, 224), ResampleKernels.Best);
            _ = ImageResizer.Resize(new RgbImage(width, 1), 7, 5, Resampling.Lanczos);
        }

        Assert.IsLessThanOrEqualTo(32L << 20, ResampleWeights.KeptBytes);
    }

    [TestMethod]
    public void Resize_BadArguments_AreErrors()
    {
        var image = new RgbImage(2, 2);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ImageResizer.Resize(image, 0, 2, Resampling.Box));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ImageResizer.Resize(image, 2, 2, (Resampling)6));
    }

    private static bool IsResized(string expected) => expected.StartsWith("resized.", StringComparison.Ordinal);

    private static unsafe RgbImage Window(RgbImage image, int width, int height, Resampling resampling, PixelWindow window, ResampleKernel kernel)
    {
        var four = new byte[image.Width * image.Height * 4];
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            image.Pixels.Slice(i * 3, 3).CopyTo(four.AsSpan(i * 4));
        }

        var part = new RgbImage(window.Width, window.Height);
        fixed (byte* from = four, to = part.Pixels)
        {
            var sink = new Rows(to, window.Width);
            PixelResizer.Run(new PixelView(from, image.Width, image.Height, 4), width, height, resampling, window, sink, kernel);
        }

        return part;
    }

    private readonly unsafe struct Rows(byte* target, int width) : IPixelRowSink
    {
        public void Take(int row, byte* pixels) =>
            PixelPacking.DropFourth(new ReadOnlySpan<byte>(pixels, width * 4), new Span<byte>(target + row * width * 3, width * 3));
    }

    /// <summary>Both passes as they are defined, one byte at a time.</summary>
    private static byte[] ByDefinition(RgbImage image, int width, int height, Resampling resampling)
    {
        byte[] pixels = image.Pixels.ToArray();
        if (width != image.Width)
        {
            ResampleWeights weights = ResampleWeights.Get(image.Width, width, resampling, 0, width);
            pixels = Pass(pixels, weights, width, image.Height, (x, y, k) => (y * image.Width + k) * 3, swap: false);
        }

        return height == image.Height
            ? pixels
            : Pass(pixels, ResampleWeights.Get(image.Height, height, resampling, 0, height), width, height, (x, y, k) => (k * width + x) * 3, swap: true);
    }

    private static byte[] PixelByDefinition(RgbImage image, int width, int height, Resampling resampling, int x, int y)
    {
        ResampleWeights? across = width == image.Width ? null : ResampleWeights.Get(image.Width, width, resampling, x, x + 1);
        ResampleWeights? down = height == image.Height ? null : ResampleWeights.Get(image.Height, height, resampling, y, y + 1);
        (int firstColumn, int[] columns) = Taps(across, x);
        (int firstRow, int[] rows) = Taps(down, y);
        byte[] pixel = new byte[3];
        for (int channel = 0; channel < 3; channel++)
        {
            pixel[channel] = Sum(rows, down is null, row => Sum(columns, across is null, column => image.Row(firstRow + row)[3 * (firstColumn + column) + channel]));
        }

        return pixel;
    }

    private static (int First, int[] Weights) Taps(ResampleWeights? weights, int at)
    {
        int row = at - (weights?.First ?? 0);
        return weights is null ? (at, [1]) : (weights.Starts[row], weights.Weights.AsSpan(row * weights.Pitch, weights.Counts[row]).ToArray());
    }

    private static byte Sum(int[] weights, bool isWhole, Func<int, int> value)
    {
        int sum = 1 << 21;
        for (int k = 0; k < weights.Length; k++)
        {
            sum += value(k) * weights[k];
        }

        return isWhole ? (byte)value(0) : (byte)Math.Clamp(sum >> 22, 0, 255);
    }

    private static byte[] Pass(byte[] from, ResampleWeights weights, int width, int height, Func<int, int, int, int> at, bool swap)
    {
        var to = new byte[width * height * 3];
        for (int i = 0; i < to.Length; i++)
        {
            int x = i / 3 % width, y = i / 3 / width, along = swap ? y : x;
            int sum = 1 << 21;
            for (int k = 0; k < weights.Counts[along]; k++)
            {
                sum += from[at(x, y, weights.Starts[along] + k) + i % 3] * weights.Weights[along * weights.Pitch + k];
            }

            to[i] = (byte)Math.Clamp(sum >> 22, 0, 255);
        }

        return to;
    }
}
