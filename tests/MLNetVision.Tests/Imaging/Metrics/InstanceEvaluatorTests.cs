using System.Text.Json;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Segments;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Imaging.Metrics;

[TestClass]
public sealed class InstanceEvaluatorTests
{
    private const string Area = "coco-metrics";

    public static IEnumerable<object[]> Cases =>
        from row in Goldens.Names(Area, c => c.HasInput("boxResults"))
        from kind in new[] { "segm", "bbox" }
        select new[] { row[0], kind };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Compute_Golden_GivesFiguresOfPycocotools(string name, string kind)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        (InstanceEvaluator whole, List<CocoGolden.Image> images, CocoGolden coco) = Start(golden, kind);
        foreach (CocoGolden.Image image in images)
        {
            whole.Add(image.Id, image.Truth, image.Prediction);
        }

        AssertFigures(golden, kind, coco, whole.Compute());

        // In shards, in another order, each saved and read back, the result is the same to the last digit.
        var shards = new[] { 0, 1, 2 }.Select(_ => new InstanceEvaluator(whole.ClassNames, whole.Kind)).ToArray();
        for (int i = images.Count - 1; i >= 0; i--)
        {
            shards[i % 3].Add(images[i].Id, images[i].Truth, images[i].Prediction);
        }

        var merged = new InstanceEvaluator(whole.ClassNames, whole.Kind);
        foreach (InstanceEvaluator shard in shards)
        {
            merged.Merge(SavedAndLoaded(shard));
        }

        Assert.AreEqual(whole.Compute().ToJson(), merged.Compute().ToJson());
    }

    [TestMethod]
    public void Merge_SameImageTwice_Throws()
    {
        InstanceEvaluator a = new(["cat"]), b = new(["cat"]);
        a.Add(7, [], []);
        b.Add(7, [], []);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => a.Merge(b)).Message, "Image 7");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => a.Add(7, [], [])).Message, "Image 7");
    }

    [TestMethod]
    public void Merge_OtherClassesOrKind_Throws()
    {
        var evaluator = new InstanceEvaluator(["cat"]);
        Assert.ThrowsExactly<ArgumentException>(() => evaluator.Merge(new InstanceEvaluator(["dog"])));
        Assert.ThrowsExactly<ArgumentException>(() => evaluator.Merge(new InstanceEvaluator(["cat"], OverlapKind.Boxes)));
    }

    [TestMethod]
    public void Add_BadSegment_NamesImageAndSegment()
    {
        RunLengthMask mask = RunLengthMask.FromBox(new BoundingBox(0, 0, 2, 2), 4, 4);
        Segment good = new() { Class = 0, Mask = mask };
        foreach (Segment bad in new[] { good with { Class = 1 }, good with { Class = -1 }, good with { Mask = null }, good with { Score = double.NaN } })
        {
            string message = Assert.ThrowsExactly<ArgumentException>(() => new InstanceEvaluator(["cat"]).Add(5, [], [good, bad])).Message;
            StringAssert.Contains(message, "Image 5: predicted segment 1");
        }
    }

    [TestMethod]
    public void Load_SavedState_HasTheMissedImagesAndReadsTheVersionWithout()
    {
        var evaluator = new InstanceEvaluator(["cat"]);
        evaluator.AddMissed(1, [new Segment { Class = 0, Mask = RunLengthMask.FromBox(new BoundingBox(0, 0, 2, 2), 4, 4) }]);
        using var stream = new MemoryStream();
        evaluator.Save(stream);
        byte[] bytes = stream.ToArray();
        InstanceEvaluator loaded = InstanceEvaluator.Load(new MemoryStream(bytes));
        loaded.Merge(new InstanceEvaluator(["cat"]));
        Assert.AreEqual((1L, 1), (loaded.Compute().MissedCount, loaded.Compute().ImageCount));

        using var reader = new BinaryReader(new MemoryStream(bytes));
        reader.ReadString();
        int version = (int)reader.BaseStream.Position;
        reader.ReadInt32();
        reader.ReadString();
        reader.ReadInt32();
        reader.ReadString();
        byte[] older = [.. bytes[..(int)reader.BaseStream.Position], .. bytes[((int)reader.BaseStream.Position + sizeof(long))..]];
        older[version] = 1;
        loaded = InstanceEvaluator.Load(new MemoryStream(older));
        Assert.AreEqual((0L, 1), (loaded.MissedCount, loaded.ImageCount));
    }

    [TestMethod]
    public void Load_BrokenState_Throws()
    {
        using var stream = new MemoryStream();
        new InstanceEvaluator(["cat", "dog"]).Save(stream);
        byte[] bytes = stream.ToArray();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.ThrowsExactly<InvalidDataException>(() => InstanceEvaluator.Load(new MemoryStream(bytes, 0, length)), $"{length} bytes");
        }

        Assert.ThrowsExactly<InvalidDataException>(() => PanopticEvaluator.Load(new MemoryStream(bytes)));
    }

    [TestMethod]
    public void Protocol_Thresholds_AreNumpysDoubles()
    {
        foreach (object[] row in Goldens.Names(Area, c => c.Has("iouThresholds")))
        {
            double[] expected = [.. Goldens.Load(Area, (string)row[0]).Json.GetProperty("iouThresholds").EnumerateArray().Select(t => t.GetDouble())];
            CollectionAssert.AreEqual(expected, CocoProtocol.IouThresholds);
        }

        int[] above = [.. Enumerable.Range(0, 101).Where(i => CocoProtocol.RecallPoints[i] > i / 100.0)];
        CollectionAssert.AreEqual(new[] { 35, 41, 47, 57, 69, 70, 82, 83, 94, 95 }, above);
    }

    internal static InstanceEvaluator SavedAndLoaded(InstanceEvaluator evaluator)
    {
        using var stream = new MemoryStream();
        evaluator.Save(stream);
        stream.Position = 0;
        return InstanceEvaluator.Load(stream);
    }

    private static (InstanceEvaluator Evaluator, List<CocoGolden.Image> Images, CocoGolden Coco) Start(GoldenCase golden, string kind)
    {
        JsonElement groundTruth = golden.Input("groundTruth");
        var coco = new CocoGolden(groundTruth.GetProperty("categories"));
        bool boxes = kind == "bbox";
        return (new InstanceEvaluator(coco.Names, boxes ? OverlapKind.Boxes : OverlapKind.Masks), coco.Instances(groundTruth, golden.Input(boxes ? "boxResults" : "results"), boxes), coco);
    }

    private static void AssertFigures(GoldenCase golden, string kind, CocoGolden coco, InstanceMetrics metrics)
    {
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble();
        JsonElement expected = golden.Expected(kind);
        JsonElement stats = expected.GetProperty("stats");
        AssertFigure("AP", metrics.AveragePrecision);
        AssertFigure("AP50", metrics.AveragePrecision50);
        AssertFigure("AP75", metrics.AveragePrecision75);
        AssertFigure("APsmall", metrics.AveragePrecisionSmall);
        AssertFigure("APmedium", metrics.AveragePrecisionMedium);
        AssertFigure("APlarge", metrics.AveragePrecisionLarge);
        AssertFigure("AR1", metrics.AverageRecall1);
        AssertFigure("AR10", metrics.AverageRecall10);
        AssertFigure("AR100", metrics.AverageRecall100);
        AssertFigure("ARsmall", metrics.AverageRecallSmall);
        AssertFigure("ARmedium", metrics.AverageRecallMedium);
        AssertFigure("ARlarge", metrics.AverageRecallLarge);
        JsonElement categories = expected.GetProperty("categories");
        Assert.AreEqual(categories.GetArrayLength(), metrics.PerClass.Count);
        foreach ((JsonElement category, int index) in categories.EnumerateArray().Select((category, index) => (category, index)))
        {
            Assert.AreEqual(coco.CategoryIds[index], category.GetProperty("id").GetInt32());
            InstanceClassMetrics actual = metrics.PerClass[index];
            AssertEqual(category.GetProperty("ap"), actual.AveragePrecision, "ap");
            AssertEqual(category.GetProperty("ap50"), actual.AveragePrecision50, "ap50");
            AssertEqual(category.GetProperty("ap75"), actual.AveragePrecision75, "ap75");
            for (int t = 0; t < CocoProtocol.IouThresholds.Length; t++)
            {
                AssertEqual(category.GetProperty("apPerIou")[t], actual.AveragePrecisionPerIou[t], $"apPerIou {t}");
                AssertEqual(category.GetProperty("recallPerIou")[t], actual.RecallPerIou[t], $"recallPerIou {t}");
            }
        }

        // COCO's tool has no figures of a class by size; their mean over the classes that have some is the whole's.
        AssertFigure("APsmall", Mean(found => found.AveragePrecisionSmall));
        AssertFigure("APmedium", Mean(found => found.AveragePrecisionMedium));
        AssertFigure("APlarge", Mean(found => found.AveragePrecisionLarge));

        double Mean(Func<InstanceClassMetrics, double> figure) => metrics.PerClass.Select(figure).Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Average();

        void AssertFigure(string figure, double actual) => AssertEqual(stats.GetProperty(figure), actual, figure);

        // The reference shows -1 where nothing is to be found.
        void AssertEqual(JsonElement want, double actual, string what) =>
            Assert.AreEqual(want.GetDouble(), double.IsNaN(actual) ? -1 : actual, tolerance, $"{golden.Name} {kind}: {what}");
    }
}
