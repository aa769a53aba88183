using Microsoft.ML;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Imaging.Metrics;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation.Evaluation;

[TestClass]
public sealed class SegmentationEvaluationTests
{
    private static readonly string[] Names = ["cat", "dog", "sky", "tree"];
    private static readonly bool[] IsThing = [true, true, false, false];
    private readonly MLContext _ml = new(seed: 1);

    public static IEnumerable<object[]> InstanceGoldens => Goldens.Names("coco-metrics", c => c.HasInput("boxResults"));

    [TestMethod]
    [DynamicData(nameof(InstanceGoldens))]
    public void EvaluateInstance_GoldenAsDataView_GivesFiguresOfTheCore(string name)
    {
        GoldenCase golden = Goldens.Load("coco-metrics", name);
        var groundTruth = golden.Input("groundTruth");
        var coco = new CocoGolden(groundTruth.GetProperty("categories"));
        var core = new InstanceEvaluator(coco.Names);
        var images = coco.Instances(groundTruth, golden.Input("results"), boxes: false);
        images.ForEach(image => core.Add(image.Id, image.Truth, image.Prediction));
        var sizes = groundTruth.GetProperty("images").EnumerateArray().ToDictionary(i => i.GetProperty("id").GetInt64(), i => (i.GetProperty("height").GetInt32(), i.GetProperty("width").GetInt32()));
        IDataView data = SegmentationData.View(_ml, images.Select(i => new SegmentationData.Image(i.Id, sizes[i.Id].Item1, sizes[i.Id].Item2, i.Truth, i.Prediction)), coco.Names);
        Assert.AreEqual(core.Compute().ToJson(), _ml.Segmentation.EvaluateInstance(data).ToJson());
    }

    [TestMethod]
    public void Evaluate_ThreeTasksAndBoxes_GiveFiguresOfTheCore()
    {
        IReadOnlyList<SegmentationData.Image> images = SegmentationData.Draw(8, Names.Length, seed: 5);
        IDataView data = SegmentationData.View(_ml, images, Names, IsThing);
        var panoptic = new PanopticEvaluator(Names, IsThing);
        var instances = new InstanceEvaluator(Names);
        var boxes = new InstanceEvaluator(Names, OverlapKind.Boxes);
        var semantic = new SemanticEvaluator(Names);
        foreach (SegmentationData.Image image in images)
        {
            panoptic.Add(image.Id, image.Truth, image.Prediction);
            instances.Add(image.Id, image.Truth, image.Prediction);
            boxes.Add(image.Id, image.Truth, image.Prediction);
            semantic.Add(image.Id, SegmentationData.ToSemantic(image).Truth, SegmentationData.ToSemantic(image).Prediction);
        }

        IDataView semanticData = SegmentationData.View(_ml, images.Select(SegmentationData.ToSemantic), Names);
        Assert.AreEqual(panoptic.Compute().ToJson(), _ml.Segmentation.EvaluatePanoptic(data).ToJson());
        Assert.AreEqual(instances.Compute().ToJson(), _ml.Segmentation.EvaluateInstance(data).ToJson());
        Assert.AreEqual(boxes.Compute().ToJson(), _ml.ObjectDetection.Evaluate(data).ToJson());
        Assert.AreEqual(semantic.Compute().ToJson(), _ml.Segmentation.EvaluateSemantic(semanticData).ToJson());
        PanopticMetrics metrics = panoptic.Compute();
        Assert.IsTrue(metrics.PanopticQuality is > 0 and < 1 && metrics.Things.ClassCount == 2 && metrics.Stuff.ClassCount == 2, metrics.ToString());
    }

    [TestMethod]
    public void Evaluate_DataReadBackFromDisk_GivesSameFigures()
    {
        IDataView data = SegmentationData.View(_ml, SegmentationData.Draw(5, Names.Length, seed: 6), Names, IsThing);
        string file = Path.GetTempFileName();
        try
        {
            using (FileStream stream = File.Create(file))
            {
                _ml.Data.SaveAsBinary(data, stream);
            }

            IDataView loaded = _ml.Data.LoadFromBinary(file);
            Assert.AreEqual(_ml.Segmentation.EvaluatePanoptic(data).ToJson(), _ml.Segmentation.EvaluatePanoptic(loaded).ToJson());
            Assert.AreEqual(_ml.Segmentation.EvaluateInstance(data).ToJson(), _ml.Segmentation.EvaluateInstance(loaded).ToJson());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestMethod]
    public void Accumulate_FilteredShards_MergeToTheWhole()
    {
        IDataView data = SegmentationData.View(_ml, SegmentationData.Draw(9, Names.Length, seed: 7), Names, IsThing);
        IDataView[] shards = [.. new[] { 0, 1, 2 }.Select(part => _ml.Data.FilterByCustomPredicate<SegmentationData.Row>(data, row => row.ImageId % 9 / 3 != part))];
        InstanceEvaluator merged = _ml.Segmentation.AccumulateInstance(shards[0]);
        merged.Merge(_ml.Segmentation.AccumulateInstance(shards[2]));
        merged.Merge(InstanceEvaluatorTests.SavedAndLoaded(_ml.Segmentation.AccumulateInstance(shards[1])));
        Assert.AreEqual(_ml.Segmentation.EvaluateInstance(data).ToJson(), merged.Compute().ToJson());
        Assert.AreEqual(3, _ml.Segmentation.EvaluatePanoptic(shards[0]).ImageCount);
        InstanceEvaluator boxes = _ml.ObjectDetection.Accumulate(shards[0]);
        boxes.Merge(_ml.ObjectDetection.Accumulate(shards[1]));
        boxes.Merge(_ml.ObjectDetection.Accumulate(shards[2]));
        Assert.AreEqual(_ml.ObjectDetection.Evaluate(data).ToJson(), boxes.Compute().ToJson());
    }

    [TestMethod]
    public void AccumulateSemantic_HalvesOfTheRows_MergeToTheWhole()
    {
        SegmentationData.Image[] images = [.. SegmentationData.Draw(6, Names.Length, seed: 7).Select(SegmentationData.ToSemantic)];
        SemanticEvaluator merged = _ml.Segmentation.AccumulateSemantic(SegmentationData.View(_ml, images[..2], Names));
        merged.Merge(_ml.Segmentation.AccumulateSemantic(SegmentationData.View(_ml, images[2..], Names)));
        Assert.AreEqual(_ml.Segmentation.EvaluateSemantic(SegmentationData.View(_ml, images, Names)).ToJson(), merged.Compute().ToJson());
    }

    [TestMethod]
    public void Evaluate_PredictionWithOtherClassOrder_MatchesByName()
    {
        IReadOnlyList<SegmentationData.Image> images = SegmentationData.Draw(5, Names.Length, seed: 8);
        IDataView usual = SegmentationData.View(_ml, images, Names);
        IDataView shuffled = SegmentationData.View(_ml, images, Names, predictedNames: ["tree", "horse", "cat", "sky", "dog"]);
        PanopticMetrics metrics = _ml.Segmentation.EvaluatePanoptic(shuffled);
        Assert.AreEqual(_ml.Segmentation.EvaluatePanoptic(usual).PanopticQuality, metrics.PanopticQuality);
        CollectionAssert.AreEqual(new[] { "cat", "dog", "sky", "tree", "horse" }, metrics.PerClass.Select(c => c.Name).ToArray());
    }

    [TestMethod]
    public void Evaluate_ThingClassesOption_OverridesAnnotation()
    {
        IDataView data = SegmentationData.View(_ml, SegmentationData.Draw(3, Names.Length, seed: 9), Names, IsThing);
        PanopticMetrics metrics = _ml.Segmentation.EvaluatePanoptic(data, new SegmentationEvaluationOptions { ThingClasses = ["tree"] });
        CollectionAssert.AreEqual(new bool?[] { false, false, false, true }, metrics.PerClass.Select(c => c.IsThing).ToArray());
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => _ml.Segmentation.EvaluatePanoptic(data, new SegmentationEvaluationOptions { ThingClasses = ["car"] })).Message, "'car'");
    }

    [TestMethod]
    public void Evaluate_NoRows_Throws()
    {
        IDataView data = SegmentationData.View(_ml, [], Names);
        foreach (Action evaluate in new Action[] { () => _ml.Segmentation.EvaluatePanoptic(data), () => _ml.Segmentation.EvaluateInstance(data), () => _ml.Segmentation.EvaluateSemantic(data), () => _ml.ObjectDetection.Evaluate(data) })
        {
            StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(evaluate).Message, "no row");
        }
    }

    [TestMethod]
    [DataRow("Label")]
    [DataRow("Masks")]
    [DataRow("PredictedLabel")]
    [DataRow("PredictedMasks")]
    [DataRow("Score")]
    [DataRow("ImageSize")]
    public void Evaluate_MissingColumn_NamesIt(string column)
    {
        IDataView data = _ml.Transforms.DropColumns(column).Fit(SegmentationData.View(_ml, [], Names)).Transform(SegmentationData.View(_ml, [], Names));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ml.Segmentation.EvaluateInstance(data)).Message, $"column '{column}'");
    }

    [TestMethod]
    public void Evaluate_WrongType_SaysWhatWasExpected()
    {
        IDataView data = SegmentationData.View(_ml, [], Names);
        string message = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ml.Segmentation.EvaluateInstance(data, new SegmentationEvaluationOptions { ScoreColumnName = "Masks" })).Message;
        StringAssert.Contains(message, "Schema mismatch for score column 'Masks': expected a vector of Single");
    }

    [TestMethod]
    public void Evaluate_BrokenRow_NamesRowColumnAndMask()
    {
        SegmentationData.Image image = SegmentationData.Draw(1, Names.Length, seed: 3)[0];
        IDataView data = SegmentationData.View(_ml, [image, image with { Id = 99, Height = image.Height + 1 }], Names);
        string message = Assert.ThrowsExactly<InvalidDataException>(() => _ml.Segmentation.EvaluatePanoptic(data)).Message;
        StringAssert.Contains(message, "Row 1 (image 99): column 'Masks', mask 0 of an image of height");
    }

    [TestMethod]
    public void CrossValidate_CopyOfTheTruth_IsPerfectInEveryFold()
    {
        IDataView data = SegmentationData.View(_ml, SegmentationData.Draw(12, Names.Length, seed: 4).Select(image => image with { Truth = [.. image.Truth.Select(s => s with { IsCrowd = false })] }).Select(image => image with { Prediction = [.. image.Truth.Select(s => s with { Score = 0.5f })] }), Names);
        var copy = _ml.Transforms.CopyColumns("PredictedLabel", "Label").Append(_ml.Transforms.CopyColumns("PredictedMasks", "Masks")).Append(_ml.Transforms.CopyColumns("Score", "Score"));
        var results = _ml.Segmentation.CrossValidatePanoptic(data, copy, numberOfFolds: 3, seed: 2);
        Assert.AreEqual(3, results.Count);
        Assert.IsTrue(results.All(result => result.Metrics.PanopticQuality == 1 && result.Model is not null));
        Assert.AreEqual(12, results.Sum(result => result.Metrics.ImageCount));
        Assert.IsTrue(_ml.Segmentation.CrossValidateInstance(data, copy, numberOfFolds: 3, seed: 2).All(result => result.Metrics.AveragePrecision == 1));
        Assert.IsTrue(_ml.Segmentation.CrossValidateSemantic(data, copy, numberOfFolds: 3, seed: 2).All(result => result.Metrics.MeanIoU == 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ml.Segmentation.CrossValidatePanoptic(data, copy, numberOfFolds: 1));
    }

    [TestMethod]
    public void SegmentedImage_FromEnumerable_HasTheDocumentedColumns()
    {
        IDataView data = _ml.Data.LoadFromEnumerable([new SegmentedImage { Image = "a.png", ImageSize = [2, 2], Label = ["cat"], Masks = ["04"], BoundingBoxes = [0, 0, 2, 2], IsCrowd = [false], Area = [4] }]);
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Label").Append(_ml.Transforms.CopyColumns("PredictedLabel", "Label")).Append(_ml.Transforms.CopyColumns("PredictedMasks", "Masks")).Fit(data).Transform(data);
        Assert.AreEqual(1, _ml.Segmentation.EvaluatePanoptic(keyed).PanopticQuality);
        Assert.AreEqual(1, _ml.Segmentation.EvaluateSemantic(keyed).MeanIoU);
    }
}
