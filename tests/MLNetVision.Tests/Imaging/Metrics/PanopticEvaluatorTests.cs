using System.Text.Json;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Segments;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Imaging.Metrics;

[TestClass]
public sealed class PanopticEvaluatorTests
{
    private const string Area = "coco-metrics";

    public static IEnumerable<object[]> Cases => Goldens.Names(Area, c => c.HasInput("groundTruthFolder"));

    public static IEnumerable<object[]> ErrorCases => Goldens.Names(Area, c => c.HasInput("entries"));

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Compute_Golden_GivesFiguresOfPanopticapi(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        JsonElement groundTruth = golden.Input("groundTruth");
        var coco = new CocoGolden(groundTruth.GetProperty("categories"));
        var whole = new PanopticEvaluator(coco.Names, coco.IsThing);
        var shards = new[] { new PanopticEvaluator(coco.Names, coco.IsThing), new PanopticEvaluator(coco.Names, coco.IsThing) };
        var predictions = golden.Input("prediction").GetProperty("annotations").EnumerateArray().ToDictionary(a => a.GetProperty("image_id").GetInt64());
        foreach (JsonElement annotation in groundTruth.GetProperty("annotations").EnumerateArray())
        {
            long id = annotation.GetProperty("image_id").GetInt64();
            List<Segment> truth = Read(golden, coco, annotation, "groundTruthFolder", "truth");
            List<Segment> prediction = Read(golden, coco, predictions[id], "predictionFolder", "prediction");
            whole.Add(id, truth, prediction);
            shards[id % 2].Add(id, truth, prediction);
        }

        AssertFigures(golden, coco, whole.Compute());
        var merged = new PanopticEvaluator(coco.Names, coco.IsThing);
        foreach (PanopticEvaluator shard in shards.Reverse())
        {
            using var stream = new MemoryStream();
            shard.Save(stream);
            stream.Position = 0;
            merged.Merge(PanopticEvaluator.Load(stream));
        }

        Assert.AreEqual(whole.Compute().ToJson(), merged.Compute().ToJson());
    }

    [TestMethod]
    [DynamicData(nameof(ErrorCases))]
    public void Add_BrokenInput_IsRefused(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        var coco = new CocoGolden(golden.Input("categories"));
        foreach (JsonElement entry in golden.Input("entries").EnumerateArray())
        {
            Exception error = Assert.Throws<Exception>(() =>
            {
                List<Segment>? prediction = entry.GetProperty("prediction").ValueKind == JsonValueKind.Null ? null : FromRows(coco, entry, "prediction");
                new PanopticEvaluator(coco.Names, coco.IsThing).Add(1, FromRows(coco, entry, "truth"), prediction!);
            });
            Assert.IsTrue(error is ArgumentException or InvalidDataException, error.ToString());
            StringAssert.Contains(error.Message, "mage 1");
        }
    }

    [TestMethod]
    public void Add_OverlappingSegments_NamesThem()
    {
        Segment a = new() { Class = 0, Mask = RunLengthMask.FromBox(new BoundingBox(0, 0, 3, 3), 4, 4) };
        Segment b = new() { Class = 0, Mask = RunLengthMask.FromBox(new BoundingBox(2, 2, 2, 2), 4, 4) };
        string message = Assert.ThrowsExactly<ArgumentException>(() => new PanopticEvaluator(["cat"]).Add(3, [a, b], [])).Message;
        StringAssert.Contains(message, "Image 3, true segments: Segments 0 and 1 overlap");
    }

    [TestMethod]
    public void Add_MasksOfTwoSizes_NamesThem()
    {
        Segment a = new() { Class = 0, Mask = RunLengthMask.FromBox(new BoundingBox(0, 0, 3, 3), 4, 4) };
        Segment b = new() { Class = 0, Mask = RunLengthMask.FromBox(new BoundingBox(2, 2, 2, 2), 4, 5) };
        string message = Assert.ThrowsExactly<ArgumentException>(() => new PanopticEvaluator(["cat"]).Add(3, [a], [b])).Message;
        StringAssert.Contains(message, "Image 3: the mask of predicted segment 0 is 4 x 5, where others are 4 x 4");
    }

    [TestMethod]
    public void Add_TwoCrowdsOfAClass_OnlyTheLastExcusesPredictions()
    {
        Segment left = new() { Class = 0, IsCrowd = true, Mask = RunLengthMask.FromBox(new BoundingBox(0, 0, 2, 4), 4, 4) };
        Segment right = left with { Mask = RunLengthMask.FromBox(new BoundingBox(2, 0, 2, 4), 4, 4) };
        Segment onLeft = new() { Class = 0, Mask = left.Mask };
        PanopticEvaluator excused = new(["cat"]), counted = new(["cat"]);
        excused.Add(1, [right, left], [onLeft]);
        counted.Add(1, [left, right], [onLeft]);
        Assert.AreEqual((0L, 1L), (excused.Compute().PerClass[0].FalsePositives, counted.Compute().PerClass[0].FalsePositives));
    }

    [TestMethod]
    public void Compute_ThingsNotKnown_LeavesThemUndefined()
    {
        Segment a = new() { Class = 0, Mask = RunLengthMask.FromBox(new BoundingBox(0, 0, 3, 3), 4, 4) };
        var evaluator = new PanopticEvaluator(["cat"]);
        evaluator.Add(1, [a], [a]);
        PanopticMetrics metrics = evaluator.Compute();
        Assert.AreEqual(1, metrics.PanopticQuality);
        Assert.IsTrue(double.IsNaN(metrics.Things.PanopticQuality) && double.IsNaN(metrics.Stuff.PanopticQuality));
    }

    private static List<Segment> Read(GoldenCase golden, CocoGolden coco, JsonElement annotation, string folder, string role)
    {
        string file = annotation.GetProperty("file_name").GetString()!;
        RgbImage image = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(Goldens.Root, golden.Input(folder).GetString()!, file)));
        int[] ids = PanopticIdMap.FromRgb(image.Pixels);
        Assert.AreEqual(golden.Expected("pngSums").GetProperty($"{role}/{file}").GetInt64(), ids.Sum(id => (long)id), file);
        return coco.Panoptic(ids, image.Height, image.Width, annotation.GetProperty("segments_info"), file);
    }

    private static List<Segment> FromRows(CocoGolden coco, JsonElement entry, string role)
    {
        JsonElement rows = entry.GetProperty(role + "Map");
        int[] map = [.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(id => id.GetInt32())];
        return coco.Panoptic(map, rows.GetArrayLength(), rows[0].GetArrayLength(), entry.GetProperty(role), "image 1");
    }

    private static void AssertFigures(GoldenCase golden, CocoGolden coco, PanopticMetrics metrics)
    {
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble();
        foreach ((string group, PanopticAverages actual) in new[] { ("all", metrics.All), ("things", metrics.Things), ("stuff", metrics.Stuff) })
        {
            JsonElement expected = golden.Expected(group);
            Assert.AreEqual(expected.GetProperty("n").GetInt32(), actual.ClassCount, group);
            AssertEqual(expected.GetProperty("pq"), actual.PanopticQuality, group + " pq");
            AssertEqual(expected.GetProperty("sq"), actual.SegmentationQuality, group + " sq");
            AssertEqual(expected.GetProperty("rq"), actual.RecognitionQuality, group + " rq");
        }

        foreach (JsonElement expected in golden.Expected("categories").EnumerateArray())
        {
            PanopticClassMetrics actual = metrics.PerClass[coco.CategoryIds.ToList().IndexOf(expected.GetProperty("id").GetInt32())];
            Assert.AreEqual(
                (expected.GetProperty("tp").GetInt64(), expected.GetProperty("fp").GetInt64(), expected.GetProperty("fn").GetInt64()),
                (actual.TruePositives, actual.FalsePositives, actual.FalseNegatives), actual.Name);
            AssertEqual(expected.GetProperty("iou"), actual.Overlap, actual.Name + " iou");
            AssertEqual(expected.GetProperty("pq"), actual.PanopticQuality, actual.Name + " pq");
            AssertEqual(expected.GetProperty("sq"), actual.SegmentationQuality, actual.Name + " sq");
            AssertEqual(expected.GetProperty("rq"), actual.RecognitionQuality, actual.Name + " rq");
        }

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
