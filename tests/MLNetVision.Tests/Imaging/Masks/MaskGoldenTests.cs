using System.Text.Json;
using MLNetVision.Imaging.Masks;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Imaging.Masks;

/// <summary>The answers of pycocotools; a case's inputs say what it is about.</summary>
[TestClass]
[TestCategory("Levels")]
public sealed class MaskGoldenTests
{
    private const string Area = "coco-masks";

    public static IEnumerable<object[]> Encodings => Goldens.Names(Area, c => Inputs(c).All(input => input.Value.ValueKind == JsonValueKind.Object && input.Value.TryGetProperty("tensor", out _)));

    public static IEnumerable<object[]> Boxes => Goldens.Names(Area, c => c.HasInput("boxes"));

    public static IEnumerable<object[]> Polygons => Goldens.Names(Area, c => c.HasInput("polygons"));

    public static IEnumerable<object[]> Texts => Goldens.Names(Area, c => c.HasInput("masks") && !c.Input("masks")[0].TryGetProperty("rle", out _));

    public static IEnumerable<object[]> OddTexts => Goldens.Names(Area, c => c.HasInput("masks") && c.Input("masks")[0].TryGetProperty("rle", out _));

    public static IEnumerable<object[]> Merges => Goldens.Names(Area, c => c.HasInput("sets") && c.Input("sets")[0].TryGetProperty("rles", out _));

    public static IEnumerable<object[]> MaskOverlaps => Goldens.Names(Area, c => c.HasInput("sets") && c.Input("sets")[0].TryGetProperty("detections", out _) && c.Input("sets")[0].TryGetProperty("size", out _));

    public static IEnumerable<object[]> BoxOverlaps => Goldens.Names(Area, c => c.HasInput("sets") && c.Input("sets")[0].TryGetProperty("detections", out _) && !c.Input("sets")[0].TryGetProperty("size", out _));

    public static IEnumerable<object[]> Malformed => Goldens.Names(Area, c => c.HasInput("malformed"));

    [TestMethod]
    public void Goldens_EveryCase_IsCoveredByOneTest()
    {
        string[] covered = [.. new[] { Encodings, Boxes, Polygons, Texts, OddTexts, Merges, MaskOverlaps, BoxOverlaps, Malformed }.SelectMany(rows => rows).Select(row => (string)row[0])];
        string[] all = [.. Goldens.Names(Area).Select(row => (string)row[0])];
        CollectionAssert.AreEquivalent(all, covered);
    }

    [TestMethod]
    [DynamicData(nameof(Encodings))]
    public void Encode_Pixels_GivesPublishedRuns(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        foreach ((string input, JsonElement description) in Inputs(golden))
        {
            long[] shape = GoldenCase.Longs(description.GetProperty("shape"));
            (int height, int width) = ((int)shape[0], (int)shape[1]);
            using var tensor = golden.InputTensor(input);
            byte[] pixels = tensor.numel() == 0 ? [] : tensor.bytes.ToArray();
            RunLengthMask mask = RunLengthMask.FromRowMajor(pixels, height, width);
            AssertMask(golden.Expected(input), mask, input);
            CollectionAssert.AreEqual(pixels, mask.ToRowMajor(), input);

            byte[] columns = new byte[pixels.Length];
            mask.CopyColumnMajor(columns);
            for (int i = 0; i < pixels.Length; i++)
            {
                Assert.AreEqual(pixels[i], columns[i % width * height + i / width], input);
            }

            Assert.AreEqual(mask, RunLengthMask.FromColumnMajor(columns, height, width), input);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Boxes))]
    public void FromBox_Boxes_GivePublishedRuns(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        (int height, int width) = Size(golden.Input("size"));
        ForEachPair(golden.Input("boxes"), golden.Expected("masks"), (box, expected, label) =>
            AssertMask(expected, RunLengthMask.FromBox(Box(box), height, width), label));
    }

    [TestMethod]
    [DynamicData(nameof(Polygons))]
    public void FromPolygon_Polygons_GivePublishedRuns(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        ForEachPair(golden.Input("polygons"), golden.Expected("polygons"), (input, expected, _) =>
        {
            string label = input.GetProperty("name").GetString()!;
            (int height, int width) = Size(input.GetProperty("size"));
            ForEachPair(input.GetProperty("polygons"), expected.GetProperty("parts"), (polygon, text, part) =>
                Assert.AreEqual(text.GetString(), RunLengthMask.FromPolygon(Doubles(polygon), height, width).ToCompressed(), $"{label}, {part}"));
            AssertMask(expected, CocoSegmentation.Read(input.GetProperty("polygons"), height, width), label);
        });
    }

    [TestMethod]
    [DynamicData(nameof(Texts))]
    public void Compressed_LargeCounts_RoundTrip(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        ForEachPair(golden.Input("masks"), golden.Expected("masks"), (input, expected, label) =>
        {
            (int height, int width) = Size(input.GetProperty("size"));
            RunLengthMask mask = CocoSegmentation.ReadRunLengths(input);
            CollectionAssert.AreEqual(GoldenCase.Longs(input.GetProperty("counts")), mask.ToCounts().Select(count => (long)count).ToArray(), label);
            AssertFigures(expected, mask, label);
            Assert.AreEqual(mask, RunLengthMask.FromCompressed(expected.GetProperty("rle").GetString(), height, width), label);
        });
    }

    [TestMethod]
    [DynamicData(nameof(OddTexts))]
    public void Counts_ZeroRunsInside_AreMergedAway(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        ForEachPair(golden.Input("masks"), golden.Expected("masks"), (input, expected, label) =>
        {
            (int height, int width) = Size(input.GetProperty("size"));
            RunLengthMask fromCounts = RunLengthMask.FromCounts(GoldenCase.Longs(input.GetProperty("counts")), height, width);
            RunLengthMask fromText = RunLengthMask.FromCompressed(input.GetProperty("rle").GetString(), height, width);
            Assert.AreEqual(fromCounts, fromText, label);
            Assert.AreEqual(expected.GetProperty("canonical").GetString(), fromText.ToCompressed(), label);
            Assert.AreEqual(expected.GetProperty("area").GetInt64(), fromText.Area, label);
        });
    }

    [TestMethod]
    [DynamicData(nameof(Merges))]
    public void Merge_Masks_GivesPublishedUnionAndIntersection(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        ForEachPair(golden.Input("sets"), golden.Expected("sets"), (input, expected, label) =>
        {
            RunLengthMask[] masks = Masks(input.GetProperty("rles"), input.GetProperty("size"));
            AssertMask(expected.GetProperty("union"), RunLengthMask.Union(masks), label + " union");
            AssertMask(expected.GetProperty("intersection"), RunLengthMask.Intersection(masks), label + " intersection");
        });
    }

    [TestMethod]
    [DynamicData(nameof(MaskOverlaps))]
    public void Overlap_Masks_GivesPublishedFigures(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        ForEachPair(golden.Input("sets"), golden.Expected("sets"), (input, expected, label) =>
        {
            JsonElement size = input.GetProperty("size");
            AssertOverlaps(golden, input, expected, label, Masks(input.GetProperty("detections"), size), Masks(input.GetProperty("truths"), size), Overlap.OfMasks);
        });
    }

    [TestMethod]
    [DynamicData(nameof(BoxOverlaps))]
    public void Overlap_Boxes_GivesPublishedFigures(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        ForEachPair(golden.Input("sets"), golden.Expected("sets"), (input, expected, label) =>
            AssertOverlaps(golden, input, expected, label, [.. input.GetProperty("detections").EnumerateArray().Select(Box)], [.. input.GetProperty("truths").EnumerateArray().Select(Box)], Overlap.OfBoxes));
    }

    [TestMethod]
    [DynamicData(nameof(Malformed))]
    public void Read_MalformedRunLengths_IsRefused(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        AssertMask(golden.Expected("valid"), CocoSegmentation.ReadRunLengths(golden.Input("valid")), "valid");
        foreach (JsonElement malformed in golden.Input("malformed").EnumerateArray())
        {
            FormatException error = Assert.ThrowsExactly<FormatException>(() => CocoSegmentation.ReadRunLengths(malformed), malformed.GetProperty("reason").GetString());
            Assert.IsGreaterThan(20, error.Message.Length);
        }
    }

    private static void AssertOverlaps<T>(GoldenCase golden, JsonElement input, JsonElement expected, string label, T[] detections, T[] truths, Func<T, T, bool, double> overlap)
    {
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble();
        bool[] isCrowd = [.. input.GetProperty("iscrowd").EnumerateArray().Select(flag => flag.GetInt32() != 0)];
        for (int d = 0; d < detections.Length; d++)
        {
            for (int t = 0; t < truths.Length; t++)
            {
                Assert.AreEqual(expected.GetProperty("iou")[d][t].GetDouble(), overlap(detections[d], truths[t], isCrowd[t]), tolerance, $"{label}: detection {d}, truth {t}");
                Assert.AreEqual(expected.GetProperty("iouWithoutCrowd")[d][t].GetDouble(), overlap(detections[d], truths[t], false), tolerance, $"{label}: detection {d}, truth {t}, no crowd");
            }
        }
    }

    private static void AssertMask(JsonElement expected, RunLengthMask mask, string label)
    {
        (int height, int width) = Size(expected.GetProperty("size"));
        Assert.AreEqual((height, width), (mask.Height, mask.Width), label);
        long[] counts = GoldenCase.Longs(expected.GetProperty("counts"));
        CollectionAssert.AreEqual(counts, mask.ToCounts().Select(count => (long)count).ToArray(), label);
        AssertFigures(expected, mask, label);
        Assert.AreEqual(mask, RunLengthMask.FromCounts(counts, height, width), label);
        Assert.AreEqual(mask, RunLengthMask.FromCompressed(expected.GetProperty("rle").GetString(), height, width), label);
    }

    private static void AssertFigures(JsonElement expected, RunLengthMask mask, string label)
    {
        Assert.AreEqual(expected.GetProperty("rle").GetString(), mask.ToCompressed(), label);
        Assert.AreEqual(expected.GetProperty("area").GetInt64(), mask.Area, label);
        Assert.AreEqual(Box(expected.GetProperty("bbox")), mask.Box, label);
    }

    private static void ForEachPair(JsonElement inputs, JsonElement expected, Action<JsonElement, JsonElement, string> check)
    {
        Assert.AreEqual(inputs.GetArrayLength(), expected.GetArrayLength());
        for (int i = 0; i < inputs.GetArrayLength(); i++)
        {
            check(inputs[i], expected[i], $"entry {i}");
        }
    }

    private static IEnumerable<(string Key, JsonElement Value)> Inputs(GoldenCase golden) => golden.InputNames.Select(input => (input, golden.Input(input)));

    private static RunLengthMask[] Masks(JsonElement texts, JsonElement size) =>
        [.. texts.EnumerateArray().Select(text => RunLengthMask.FromCompressed(text.GetString(), Size(size).Height, Size(size).Width))];

    private static (int Height, int Width) Size(JsonElement size) => (size[0].GetInt32(), size[1].GetInt32());

    private static BoundingBox Box(JsonElement box) => new(box[0].GetDouble(), box[1].GetDouble(), box[2].GetDouble(), box[3].GetDouble());

    private static double[] Doubles(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetDouble())];
}
