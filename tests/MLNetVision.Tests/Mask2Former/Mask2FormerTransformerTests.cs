using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Masks;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Mask2Former;

[TestClass]
public sealed class Mask2FormerTransformerTests
{
    private static readonly string Scenes = Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test");

    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void Transform_PicturesOfManySizes_EachIsScoredAsIfAlone()
    {
        using Mask2FormerTransformer transformer = Create(new SegmentationScoringOptions { Threshold = 0.05, OverlapMaskAreaThreshold = 0 });
        IDataView data = _ml.Data.TakeRows(_ml.Data.LoadFromCocoPanoptic(Path.Combine(Scenes, "panoptic.json"), Path.Combine(Scenes, "images")), 5);
        SegmentationPrediction[] together = Predict(transformer, data);
        Assert.IsTrue(together.Skip(1).Any(row => row.PredictedMasks.Length > 0), "nothing was found that could be compared");
        for (int i = 1; i < together.Length; i++)
        {
            SegmentationPrediction alone = Predict(transformer, _ml.Data.SkipRows(_ml.Data.TakeRows(data, i + 1), i)).Single();
            CollectionAssert.AreEqual(alone.PredictedMasks, together[i].PredictedMasks);
            CollectionAssert.AreEqual(alone.Score, together[i].Score);
        }
    }

    [TestMethod]
    public void Transform_PanopticTask_GivesMasksOfThePicturesSizeThatDoNotOverlap()
    {
        using Mask2FormerTransformer transformer = Create(new SegmentationScoringOptions { Threshold = 0.05, OverlapMaskAreaThreshold = 0 });
        IDataView data = _ml.Data.TakeRows(_ml.Data.LoadFromCocoPanoptic(Path.Combine(Scenes, "panoptic.json"), Path.Combine(Scenes, "images")), 4);
        int[][] sizes = [.. data.GetColumn<int[]>(SegmentationColumns.ImageSize)];
        SegmentationPrediction[] rows = Predict(transformer, data);
        Assert.IsTrue(rows.Any(row => row.PredictedMasks.Length > 0), "nothing was found that could be checked");
        foreach ((int[] size, SegmentationPrediction row) in sizes.Zip(rows))
        {
            CollectionAssert.AreEqual(size, row.ImageSize);
            RunLengthMask[] masks = [.. row.PredictedMasks.Select(mask => RunLengthMask.FromCompressed(mask, size[0], size[1]))];
            Assert.HasCount(masks.Length, row.PredictedLabel);
            Assert.HasCount(masks.Length, row.Score);
            Assert.HasCount(4 * masks.Length, row.PredictedBoundingBoxes);
            Assert.AreEqual(masks.Sum(mask => mask.Area), masks.Length == 0 ? 0 : RunLengthMask.Union(masks).Area);
        }
    }

    [TestMethod]
    public void Fit_CheckpointWithoutIndexTables_LoadsAsOthersDo()
    {
        using var folder = new TemporaryFolder();
        var scoring = new SegmentationScoringOptions { Threshold = 0.05, OverlapMaskAreaThreshold = 0 };
        using Mask2FormerTransformer with = Create(scoring);
        with.Model.SavePretrained(folder["model"]);
        using (Mask2FormerForUniversalSegmentation model = Mask2FormerForUniversalSegmentation.FromPretrained(folder["model"]))
        {
            string[] computed = [.. model.state_dict().Keys.Where(key => key.EndsWith("relative_position_index", StringComparison.Ordinal))];
            Assert.AreNotEqual(0, computed.Length);
            SafetensorsWriter.Write(folder["model/model.safetensors"], model.state_dict().Where(item => !computed.Contains(item.Key)).ToDictionary());
        }

        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new { Image = Directory.GetFiles(Path.Combine(Scenes, "images"))[0] } });
        using Mask2FormerTransformer without = _ml.Transforms.ApplyMask2Former(folder["model"], scoring).Fit(data);
        float[] expected = Predict(with, data).Single().Score;
        Assert.IsNotEmpty(expected);
        CollectionAssert.AreEqual(expected, Predict(without, data).Single().Score);
    }

    [TestMethod]
    public void ThingClasses_NotAmongTheModels_AreNamed()
    {
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => Create(new SegmentationScoringOptions { ThingClasses = ["unicorn"] }));
        StringAssert.Contains(error.Message, "unicorn");
    }

    private Mask2FormerTransformer Create(SegmentationScoringOptions options) =>
        _ml.Transforms.ApplyMask2Former(ConformanceSubjects.SegmenterFolder, options, batchSize: 3)
            .Fit(_ml.Data.LoadFromEnumerable(new[] { new { Image = string.Empty } }));

    private SegmentationPrediction[] Predict(Mask2FormerTransformer transformer, IDataView data) =>
        [.. _ml.Data.CreateEnumerable<SegmentationPrediction>(transformer.Transform(data), reuseRowObject: false)];
}
