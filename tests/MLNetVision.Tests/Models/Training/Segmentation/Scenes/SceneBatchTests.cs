using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Segmentation.Scenes;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Segmentation.Scenes;

[TestClass]
public sealed class SceneBatchTests
{
    [TestMethod]
    public void Pack_PicturesOfDifferentSizes_ArePaddedToTheLargest()
    {
        using var scope = NewDisposeScope();
        using InputScaling scaling = Unscaled();
        using SceneBatch batch = SceneBatch.Pack([Scene(0, 50, 70, 10), Scene(1, 90, 40, 20)], 4, scaling, CPU);
        CollectionAssert.AreEqual(new long[] { 2, 3, 72, 92 }, batch.PixelValues.shape); // whole patches
        Assert.AreEqual((72, 92), (batch.Targets.Height, batch.Targets.Width));
        Assert.AreEqual(10f / 255, batch.PixelValues[0, 0, 69, 49].item<float>(), 1e-6f);
        Assert.AreEqual(20f / 255, batch.PixelValues[1, 2, 39, 89].item<float>(), 1e-6f);
        Assert.AreEqual(128f / 255, batch.PixelValues[0, 1, 0, 50].item<float>(), 1e-6f);
        Assert.AreEqual(128f / 255, batch.PixelValues[1, 1, 40, 0].item<float>(), 1e-6f);
    }

    [TestMethod]
    public void Pack_PictureOfAPixel_IsPaddedToAPixelOfTheCoarsestMap()
    {
        using var scope = NewDisposeScope();
        using InputScaling scaling = Unscaled();
        using SceneBatch batch = SceneBatch.Pack([Scene(0, 1, 1, 10)], 4, scaling, CPU);
        CollectionAssert.AreEqual(new long[] { 1, 3, 32, 32 }, batch.PixelValues.shape);
    }

    private static InputScaling Unscaled() => new(new Mask2FormerImageProcessorConfig { DoNormalize = false }, CPU);

    private static PreparedScene Scene(int index, int width, int height, byte value)
    {
        var image = new RgbImage(width, height);
        image.Pixels.Fill(value);
        return new PreparedScene(index, image, [], [], null, null);
    }
}
