using CsCheck;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Segmentation.Scenes;

[TestClass]
public sealed class SceneTransformTests
{
    [TestMethod]
    public void Create_AnyMask_EqualsGatheringPixels() => Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[0, 10_000]).Sample(
        (width, height, seed) =>
        {
            using var scope = NewDisposeScope();
            var random = new RandomStream(seed, RandomPurpose.Augmentation, 0, 0);
            var pixels = new byte[width * height];
            for (int i = 0; i < pixels.Length; i++)
            {
                pixels[i] = (byte)(random.Chance(0.3) ? 1 : 0);
            }

            var options = new SegmentationAugmentation { CropHeight = 32, CropWidth = 40 };
            var transform = new SceneTransform(options, width, height, random);
            byte[]? bits = MaskBits.Create(RunLengthMask.FromRowMajor(pixels, height, width), transform);
            bool[] want = [.. transform.SourceRows.SelectMany(row => transform.SourceColumns.Select(column => pixels[row * width + column] == 1))];
            if (bits is null)
            {
                return !want.Contains(true);
            }

            using PackedMasks packed = PackedMasks.FromBits([bits], transform.Height, transform.Width, CPU);
            return packed.Unpack().view(-1).data<bool>().ToArray().SequenceEqual(want);
        },
        iter: 200,
        threads: 1);

    [TestMethod]
    public void Apply_MaskAndPicture_StayTogether()
    {
        // The mask is the bright half: after any transformation, bright pixels are those of the mask, but for the seam.
        SegmentationSample sample = new SyntheticScenes(4).Load(0);
        for (int item = 0; item < 20; item++)
        {
            var transform = new SceneTransform(
                new SegmentationAugmentation { CropHeight = 48, CropWidth = 48, MinimumScale = 0.5 }, 64, 64, new RandomStream(1, RandomPurpose.Augmentation, 0, item));
            byte[]? bits = MaskBits.Create(sample.Masks[0], transform);
            RgbImage image = transform.Apply(sample.Image.Clone());
            int different = 0;
            for (int y = 0; y < image.Height; y++)
            {
                for (int x = 0; x < image.Width; x++)
                {
                    bool inside = bits is not null && (bits[y * ((transform.Width + 7) / 8) + (x >> 3)] >> (x & 7) & 1) == 1;
                    different += inside != image.Row(y)[3 * x] > 179 ? 1 : 0;
                }
            }

            Assert.IsLessThan(image.Width * image.Height / 12, different, $"{item}");
        }
    }

    [TestMethod]
    public void RepeatFactors_RareClass_ComesMoreOften()
    {
        var order = new SceneOrder(new SyntheticScenes(8), 1, seed: 2);
        Assert.AreEqual(Math.Sqrt(2), order.Factors[0], 1e-9); // its class is in half of the pictures
        Assert.AreEqual(1, order.Factors[3]); // no class
        int[] drawn = [.. Enumerable.Range(0, 20_000).Select(i => order.At(i))];
        double ratio = drawn.Count(i => i == 0) / (double)drawn.Count(i => i == 3);
        Assert.AreEqual(Math.Sqrt(2), ratio, 0.06);
        Assert.AreEqual(drawn[17], new SceneOrder(new SyntheticScenes(8), 1, seed: 2).At(17));
    }
}
