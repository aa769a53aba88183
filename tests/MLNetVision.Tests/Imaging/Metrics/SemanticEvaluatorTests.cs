using System.Text.Json;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Metrics.Classification;
using MLNetVision.Imaging.Segments;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Imaging.Metrics;

[TestClass]
public sealed class SemanticEvaluatorTests
{
    private const string Area = "coco-metrics";

    public static IEnumerable<object[]> Cases => Goldens.Names(Area, c => c.HasInput("ignoreIndex"));

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Compute_Golden_GivesPublishedFigures(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        int classes = golden.Input("classes").GetInt32();
        int? ignore = golden.Input("ignoreIndex").ValueKind == JsonValueKind.Null ? null : golden.Input("ignoreIndex").GetInt32();
        string[] names = [.. Enumerable.Range(0, classes).Select(c => $"class {c}")];
        SemanticEvaluator fromMaps = new(names), fromSegments = new(names), merged = new(names);
        for (int i = 0; i < golden.Input("images").GetInt32(); i++)
        {
            (int[] truth, int height, int width) = Map(golden, $"truth{i}");
            (int[] prediction, _, _) = Map(golden, $"prediction{i}");
            fromMaps.AddMaps(i, truth, prediction, height, width, ignore);
            fromSegments.Add(i, Segments(truth, height, width, classes), Segments(prediction, height, width, classes));
            var shard = new SemanticEvaluator(names);
            shard.AddMaps(i, truth, prediction, height, width, ignore);
            using var stream = new MemoryStream();
            shard.Save(stream);
            stream.Position = 0;
            merged.Merge(SemanticEvaluator.Load(stream));
        }

        AssertFigures(golden, fromMaps.Compute(), classes);
        Assert.AreEqual(fromMaps.Compute().ToJson(), fromSegments.Compute().ToJson());
        Assert.AreEqual(fromMaps.Compute().ToJson(), merged.Compute().ToJson());
    }

    [TestMethod]
    public void Construct_ClassesWhosePairsCannotBeCounted_SaysHowMany()
    {
        string[] names = new string[70_000]; // whose square is no number of 32 bits
        foreach (Action construct in new Action[]
        {
            () => _ = new SemanticEvaluator(names), () => _ = new ClassificationEvaluator(names), () => _ = new SegmentationEvaluation(SegmentationTask.Panoptic, names),
        })
        {
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(construct).Message, "70000 classes");
        }
    }

    [TestMethod]
    public void Evaluate_FewOfTheClasses_RanksImagesByTheFiguresOfTheirOwn()
    {
        const int Side = 8;
        string[] names = [.. Enumerable.Range(0, 40).Select(i => $"class {i}")];
        var evaluation = new SegmentationEvaluation(SegmentationTask.Semantic, names);
        for (int image = 0; image < 20; image++)
        {
            Segment[] truth = [Of(7, 0, Side), Of(39, Side, Side)], prediction = [Of(7, 0, Side - image % 5), Of(20, Side, Side)];
            evaluation.Add(image, truth, prediction);
            var alone = new SemanticEvaluator(names);
            alone.Add(image, truth, prediction);
            if (image == 4)
            {
                using var folder = new TemporaryFolder();
                evaluation.Save(folder.Path);
                string[] worst = File.ReadAllLines(folder["worst.csv"])[1].Split(',');
                Assert.AreEqual("4", worst[1]);
                Assert.AreEqual(alone.Compute().MeanIoU, double.Parse(worst[3], System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        static Segment Of(int index, int left, int width) => new() { Class = index, Mask = RunLengthMask.FromBox(new BoundingBox(left, 0, width, Side), Side, 2 * Side) };
    }

    [TestMethod]
    public void AddMaps_UnknownTrueLabel_NamesImageAndLabel()
    {
        string message = Assert.ThrowsExactly<ArgumentException>(() => new SemanticEvaluator(["a", "b"]).AddMaps(9, [0, 1, 7, 255], [0, 0, 0, 0], 2, 2, 255)).Message;
        StringAssert.Contains(message, "Image 9: the true label map has 7");
    }

    [TestMethod]
    public void Add_DifferentClassesOverlap_Throws()
    {
        RunLengthMask mask = RunLengthMask.FromBox(new BoundingBox(0, 0, 2, 2), 4, 4);
        Segment[] segments = [new() { Class = 0, Mask = mask }, new() { Class = 1, Mask = mask }];
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new SemanticEvaluator(["a", "b"]).Add(4, segments, [])).Message, "Image 4, true segments: Segments 0 and 1 overlap");

        // Two segments of one class are their union.
        var evaluator = new SemanticEvaluator(["a", "b"]);
        evaluator.Add(4, [segments[0], segments[0]], [segments[0]]);
        Assert.AreEqual(1, evaluator.Compute().PerClass[0].IoU);
    }

    [TestMethod]
    public void BoundaryIoU_ShiftedSquare_ComparesOutlinesOnly()
    {
        // 100 x 100: the diagonal is 141.4, the outline 3 pixels wide. A 40-square moved by 2 columns, on a background.
        var evaluator = new SemanticEvaluator(["square", "background"]);
        evaluator.Add(1, SquareOnBackground(20), SquareOnBackground(22));
        long outline = 40 * 40 - 34 * 34;
        long common = 38 * 40 - 36 * 34;
        SemanticClassMetrics metrics = evaluator.Compute().PerClass[0];
        Assert.AreEqual((double)common / (2 * outline - common), metrics.BoundaryIoU, 1e-12);
        Assert.AreEqual(38.0 * 40 / (42 * 40), metrics.IoU, 1e-12);
        Assert.AreEqual(38.0 / 40, metrics.Dice, 1e-12);
    }

    private static Segment[] SquareOnBackground(int left)
    {
        RunLengthMask square = RunLengthMask.FromBox(new BoundingBox(left, 20, 40, 40), 100, 100);
        RunLengthMask all = RunLengthMask.FromBox(new BoundingBox(0, 0, 100, 100), 100, 100);
        return [new() { Class = 0, Mask = square }, new() { Class = 1, Mask = all.Except(square) }];
    }

    private static List<Segment> Segments(int[] map, int height, int width, int classes) =>
        [.. LabelMap.ToMasks(map, height, width).Where(pair => pair.Key >= 0 && pair.Key < classes).Select(pair => new Segment { Class = pair.Key, Mask = pair.Value })];

    private static (int[] Map, int Height, int Width) Map(GoldenCase golden, string input)
    {
        using torch.Tensor tensor = golden.InputTensor(input).to(torch.ScalarType.Int32);
        return (tensor.data<int>().ToArray(), (int)tensor.shape[0], (int)tensor.shape[1]);
    }

    private static void AssertFigures(GoldenCase golden, SemanticMetrics metrics, int classes)
    {
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble();
        long[][] confusion = [.. metrics.ConfusionMatrix.Counts.Select(row => row.ToArray())];
        if (golden.ExpectedNames.Contains("nonZero"))
        {
            var nonZero = golden.Expected("nonZero").EnumerateArray().Select(entry => (entry[0].GetInt32(), entry[1].GetInt32(), entry[2].GetInt64())).Order().ToArray();
            var actual = (from t in Enumerable.Range(0, classes) from p in Enumerable.Range(0, classes) where confusion[t][p] != 0 select (t, p, confusion[t][p])).ToArray();
            CollectionAssert.AreEqual(nonZero, actual);
        }
        else
        {
            for (int t = 0; t < classes; t++)
            {
                CollectionAssert.AreEqual(GoldenCase.Longs(golden.Expected("confusion")[t]), confusion[t]);
            }
        }

        CollectionAssert.AreEqual(GoldenCase.Longs(golden.Expected("unassigned")), metrics.ConfusionMatrix.Unassigned.ToArray());
        for (int c = 0; c < classes; c++)
        {
            AssertEqual(golden.Expected("iou")[c], metrics.PerClass[c].IoU, $"iou {c}");
            AssertEqual(golden.Expected("accuracyPerClass")[c], metrics.PerClass[c].Accuracy, $"accuracy {c}");
        }

        AssertEqual(golden.Expected("meanIoU"), metrics.MeanIoU, "meanIoU");
        AssertEqual(golden.Expected("meanIoUInTruth"), metrics.MeanIoUInTruth, "meanIoUInTruth");
        AssertEqual(golden.Expected("pixelAccuracy"), metrics.PixelAccuracy, "pixelAccuracy");
        AssertEqual(golden.Expected("meanAccuracy"), metrics.MeanAccuracy, "meanAccuracy");
        AssertEqual(golden.Expected("frequencyWeightedIoU"), metrics.FrequencyWeightedIoU, "frequencyWeightedIoU");

        void AssertEqual(JsonElement want, double actual, string what)
        {
            if (want.ValueKind == JsonValueKind.Null)
            {
                Assert.IsTrue(double.IsNaN(actual), what);
            }
            else
            {
                Assert.AreEqual(want.GetDouble(), actual, tolerance, what);
            }
        }
    }
}
