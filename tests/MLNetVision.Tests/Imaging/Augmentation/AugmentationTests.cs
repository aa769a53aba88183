using CsCheck;
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Tests.Imaging.Augmentation;

[TestClass]
public sealed class AugmentationTests
{
    private static readonly double[] Half = [0.5, 0.5, 0.5];

    private static readonly Gen<ImageAugmentation> Options = Gen.Select(
        Gen.Double[0.05, 1], Gen.Double[0, 1], Gen.Double[0, 0.5], Gen.Double[0, 2], Gen.Double[0, 180], Gen.Double[0, 0.2], Gen.Double[0, 10], Gen.Double[0, 1],
        (crop, probability, shift, zoom, rotation, elastic, magnitude, jitter) => new ImageAugmentation
        {
            MinimumCropArea = crop, HorizontalFlip = probability, RandomErasing = probability, Shift = shift, Zoom = zoom, Rotation = rotation,
            Shear = shift, Elastic = elastic, RandAugmentMagnitude = magnitude, ColorJitter = jitter,
        });

    [TestMethod]
    public void Augmenter_AnyOptionsAndPicture_GivesTheSameSquareTwice() =>
        Gen.Select(Options, Gen.Int[1, 70], Gen.Int[1, 70], Gen.Int).Sample(
            (options, width, height, seed) =>
            {
                var augmenter = new ImageAugmenter(options, 24, image => ImageResizer.Resize(image, 24, 24, Resampling.Bicubic), Half, Half);
                RgbImage first = augmenter.Apply(Noise(width, height, 7), Stream(seed));
                RgbImage second = augmenter.Apply(Noise(width, height, 7), Stream(seed));
                Assert.AreEqual((24, 24), (first.Width, first.Height));
                Assert.IsTrue(first.Pixels.SequenceEqual(second.Pixels));
            },
            iter: 200);

    [TestMethod]
    public void Augmenter_NoVariation_GivesTheScoringPicture()
    {
        RgbImage image = Noise(24, 24, 1);
        var augmenter = new ImageAugmenter(ImageAugmentation.None, 24, given => given, Half, Half);
        Assert.AreSame(image, augmenter.Apply(image, Stream(3)));
    }

    [TestMethod]
    public void Box_AnyRanges_LiesInThePictureWithNearlyItsShareOfTheArea() =>
        Gen.Select(Gen.Int[10, 300], Gen.Int[10, 300], Gen.Double[0.1, 0.9], Gen.Int).Sample((width, height, share, seed) =>
        {
            if (PixelArea.Draw(width, height, (share, share), (0.75, 1.33), Stream(seed)) is not { } box)
            {
                return;
            }

            Assert.IsTrue(box is { X: >= 0, Y: >= 0 } && box.X + box.Width <= width && box.Y + box.Height <= height);
            double rounding = (box.Width + box.Height + 1.0) / (width * height);
            Assert.AreEqual(share, box.Width * (double)box.Height / (width * height), rounding);
        });

    [TestMethod]
    public void Warp_Identity_ChangesNothing()
    {
        RgbImage image = Noise(31, 17, 2);
        Assert.IsTrue(image.Pixels.SequenceEqual(Warp.Apply(image, AffineMap.Identity, null, new RgbColor(1, 2, 3)).Pixels));
    }

    [TestMethod]
    public void Warp_ShiftByWholePixels_MovesThemAndFillsTheRest()
    {
        RgbImage image = Noise(10, 10, 3);
        RgbImage moved = Warp.Apply(image, AffineMap.Create(shiftX: 0.2), null, new RgbColor(1, 2, 3));
        for (int y = 0; y < 10; y++)
        {
            Assert.IsTrue(moved.Row(y)[..24].SequenceEqual(image.Row(y)[6..]));
            CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 1, 2, 3 }, moved.Row(y)[24..].ToArray());
        }
    }

    [TestMethod]
    public void Warp_QuarterTurn_IsATransposedMirror()
    {
        RgbImage image = Noise(9, 9, 4);
        RgbImage turned = Warp.Apply(image, AffineMap.Create(rotation: Math.PI / 2), null, default);
        for (int y = 0; y < 9; y++)
        {
            for (int x = 0; x < 9; x++)
            {
                Assert.AreEqual(image.Row(x)[(8 - y) * 3], turned.Row(y)[x * 3]);
            }
        }
    }

    [TestMethod]
    public void Warp_ConstantPictureInsideItsField_StaysConstant()
    {
        var image = new RgbImage(20, 20);
        image.Pixels.Fill(77);
        RgbImage warped = Warp.Apply(image, AffineMap.Create(zoom: 1.5, rotation: 0.3), new ElasticField(0.02, Stream(5)), new RgbColor(77, 77, 77));
        Assert.IsTrue(warped.Pixels.ToArray().All(value => value == 77));
    }

    [TestMethod]
    public void Flip_Twice_IsTheSame()
    {
        RgbImage image = Noise(13, 5, 6);
        RgbImage flipped = image.Clone();
        HorizontalFlip.Apply(flipped);
        Assert.IsTrue(flipped.Row(2)[..3].SequenceEqual(image.Row(2)[^3..]));
        HorizontalFlip.Apply(flipped);
        Assert.IsTrue(flipped.Pixels.SequenceEqual(image.Pixels));
    }

    [TestMethod]
    public void ColorChanges_NeutralStrength_ChangeNothing()
    {
        RgbImage image = Noise(16, 16, 8);
        RgbImage changed = image.Clone();
        PixelTables.Brightness(changed, 1);
        PixelTables.Contrast(changed, 1);
        PixelTables.Posterize(changed, 8);
        PixelTables.Solarize(changed, 256);
        PixelTables.SolarizeAdd(changed, 0);
        PixelMixing.Saturation(changed, 1);
        PixelMixing.Sharpness(changed, 1);
        PixelTables.Invert(changed);
        PixelTables.Invert(changed);
        Assert.IsTrue(image.Pixels.SequenceEqual(changed.Pixels));
    }

    [TestMethod]
    public void ColorChanges_FullStrength_DoWhatTheySay()
    {
        RgbImage image = Noise(40, 40, 9);
        RgbImage grey = image.Clone();
        PixelMixing.Saturation(grey, 0);
        Assert.IsTrue(grey.Pixels[0] == grey.Pixels[1] && grey.Pixels[1] == grey.Pixels[2]);

        RgbImage stretched = image.Clone();
        PixelTables.Brightness(stretched, 0.5);
        PixelTables.AutoContrast(stretched);
        Assert.AreEqual((0, 255), ((int)stretched.Pixels.ToArray().Min(), (int)stretched.Pixels.ToArray().Max()));

        RgbImage flat = image.Clone();
        PixelTables.Brightness(flat, 0.25);
        PixelTables.Equalize(flat);
        Assert.AreEqual(127.5, flat.Pixels.ToArray().Average(value => (double)value), 6);

        PixelTables.Posterize(image, 2);
        Assert.IsTrue(image.Pixels.ToArray().All(value => value % 64 == 0));
    }

    [TestMethod]
    public void Erasing_Always_LeavesTwoThirdsAndDrawsTheGivenNoise()
    {
        var image = new RgbImage(200, 200);
        RandomErasing.Apply(image, Half, [0.1, 0.1, 0.1], Stream(10));
        byte[] erased = [.. image.Pixels.ToArray().Where(value => value != 0)];
        double share = erased.Length / (200.0 * 200 * 3);
        Assert.IsTrue(share is > 0.015 and < 0.34, $"{share}");
        Assert.AreEqual(127.5, erased.Average(value => (double)value), 2);
        Assert.AreEqual(25.5, Math.Sqrt(erased.Average(value => (value - 127.5) * (value - 127.5))), 2);
    }

    [TestMethod]
    public void Options_OutOfRange_AreNamed()
    {
        foreach (ImageAugmentation options in new[]
        {
            new ImageAugmentation { MinimumCropArea = 0 }, new ImageAugmentation { HorizontalFlip = 1.1 }, new ImageAugmentation { Rotation = -1 },
            new ImageAugmentation { RandAugmentMagnitude = 11 }, new ImageAugmentation { RandomErasing = double.NaN }, new ImageAugmentation { RandAugmentOperations = 0 },
        })
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(options.Validate);
        }

        ImageAugmentation.OriginalRecipe.Validate();
        ImageAugmentation.None.Validate();
    }

    private static RandomStream Stream(int item) => new(1, RandomPurpose.Augmentation, 0, item);

    private static RgbImage Noise(int width, int height, int item)
    {
        RandomStream random = Stream(item);
        var image = new RgbImage(width, height);
        foreach (ref byte value in image.Pixels)
        {
            value = (byte)random.Below(256);
        }

        return image;
    }
}
