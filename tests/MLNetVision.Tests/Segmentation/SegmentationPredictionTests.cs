using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Images;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Pipelines;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation;

/// <summary>A predicted row has what a pipeline's result has, to the last pixel.</summary>
[TestClass]
public sealed class SegmentationPredictionTests
{
    private static readonly string Checkpoint = Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes");

    private static readonly string Picture = Directory.GetFiles(Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test", "images")).Order(StringComparer.Ordinal).First();

    [TestMethod]
    public void ToResult_OfAnEngine_IsThePipelinesResult()
    {
        var ml = new MLContext(seed: 1);
        using Mask2FormerTransformer model = ml.Transforms.ApplyMask2Former(Checkpoint).Fit(ml.Data.LoadFromEnumerable(new[] { new Input() }));
        using PredictionEngine<Input, SegmentationPrediction> engine = ml.Model.CreatePredictionEngine<Input, SegmentationPrediction>(model, new PredictionEngineOptions { OwnsTransformer = false });
        using var segmenter = Mask2FormerSegmenter.FromPretrained(Checkpoint);
        SegmentationPrediction row = engine.Predict(new Input { Image = Picture });
        SegmentationResult expected = segmenter.Segment(Picture), actual = row.ToResult();

        Assert.IsGreaterThan(2, actual.Segments.Count);
        CollectionAssert.AreEqual(expected.Segments.Select(segment => segment with { WasFused = false }).ToArray(), actual.Segments.ToArray());
        CollectionAssert.AreEqual(actual.Segments.Select(segment => segmenter.ClassNames[segment.LabelId]).ToArray(), row.PredictedClass);
        CollectionAssert.AreEqual(expected.ToLabelMap(), actual.ToLabelMap());
        CollectionAssert.AreEqual(
            SegmentationOverlay.ToPng(Picture, expected, new() { LabelNames = segmenter.ClassNames }), SegmentationOverlay.ToPng(Picture, actual));
    }

    [TestMethod]
    public void ToResult_RowOfAnUnreadablePicture_IsEmpty()
    {
        SegmentationResult result = new SegmentationPrediction().ToResult();
        Assert.AreEqual((0, 0, 0), (result.Height, result.Width, result.Segments.Count));
        Assert.IsEmpty(result.ToLabelMap());
    }

    [TestMethod]
    public void ToResult_RowThatDoesNotFitTogether_IsAnError()
    {
        var mask = RunLengthMask.FromBox(new BoundingBox(1, 1, 2, 2), 4, 5);
        SegmentationPrediction Row(string text) => new() { ImageSize = [4, 5], PredictedMasks = [text], PredictedLabel = [1], PredictedClass = ["a"], Score = [1] };
        Assert.AreEqual(mask, Row(mask.ToCompressed()).ToResult().Segments.Single().Mask);
        InvalidDataException e = Assert.ThrowsExactly<InvalidDataException>(() => Row("~").ToResult());
        Assert.Contains("Segment 0", e.Message);
        SegmentationPrediction other = Row(mask.ToCompressed());
        other.Score = [];
        e = Assert.ThrowsExactly<InvalidDataException>(() => other.ToResult());
        Assert.Contains("0 scores", e.Message);
    }

    [TestMethod]
    public void ToMLImage_OfEachForm_HasItsPixels()
    {
        var random = new Random(3);
        var picture = new RgbImage(7, 5);
        random.NextBytes(picture.Pixels);
        using MLImage image = picture.ToMLImage();
        Assert.AreEqual((7, 5, MLPixelFormat.Rgba32), (image.Width, image.Height, image.PixelFormat));
        CollectionAssert.AreEqual(picture.Pixels.ToArray(), image.ToRgbImage().Pixels.ToArray());

        RunLengthMask mask = RunLengthMask.FromBox(new BoundingBox(2, 1, 3, 2), 5, 7);
        using MLImage white = mask.ToMLImage();
        CollectionAssert.AreEqual(mask.ToRowMajor().SelectMany(pixel => new[] { (byte)(255 * pixel), (byte)(255 * pixel), (byte)(255 * pixel), (byte)255 }).ToArray(), white.Pixels.ToArray());
        Assert.ThrowsExactly<ArgumentException>(() => RunLengthMask.Empty(0, 0).ToMLImage());

        var cut = SegmentCrop.Of(picture, mask.Except(RunLengthMask.FromBox(new BoundingBox(3, 1, 1, 1), 5, 7)));
        using MLImage crop = cut.ToMLImage();
        Assert.AreEqual((3, 2), (crop.Width, crop.Height));
        Assert.AreEqual(0, crop.Pixels[7], "alpha in the hole");
        Assert.AreEqual(255, crop.Pixels[3]);
    }

    private sealed class Input
    {
        public string Image { get; set; } = string.Empty;
    }
}
