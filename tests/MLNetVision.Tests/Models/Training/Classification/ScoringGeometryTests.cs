using CsCheck;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Classification;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Classification;

[TestClass]
public sealed class ScoringGeometryTests
{
    private static readonly Gen<LevitImageProcessorConfig> Configs = Gen.Select(Gen.Bool, Gen.Bool, Gen.Int[8, 40], Gen.Int[8, 40], (isFixed, resize, size, crop) =>
        new LevitImageProcessorConfig
        {
            DoResize = resize, DoRescale = false, DoNormalize = false, Size = isFixed ? ImageSize.Fixed(size, size + 3) : ImageSize.Shortest(size), CropSize = ImageSize.Fixed(crop, crop),
        });

    [TestMethod]
    public void Apply_AnyPictureAndSettings_GivesTheProcessorsBytes() => Gen.Select(Configs, Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int).Sample(
        (config, width, height, seed) =>
        {
            var image = new RgbImage(width, height);
            new Random(seed).NextBytes(image.Pixels);
            var processor = new LevitImageProcessor(config);
            using var scope = NewDisposeScope();
            Tensor expected = processor.Process(image);
            RgbImage actual = new ScoringGeometry(processor).Apply(image.Clone());
            byte[] planar = expected.permute(0, 2, 3, 1).contiguous().bytes.ToArray();
            CollectionAssert.AreEqual(planar, actual.Pixels.ToArray());
        },
        iter: 200);
}
