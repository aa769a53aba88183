using System.Text.Json;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Mask2Former.PostProcessing;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Models.Mask2Former.PostProcessing;

[TestClass]
[TestCategory("Levels")]
public sealed class Mask2FormerPostProcessorTests
{
    private const string Area = "postprocess";

    public static IEnumerable<object[]> SemanticCases => Cases("post_process_semantic_segmentation");

    public static IEnumerable<object[]> InstanceCases => Cases("post_process_instance_segmentation");

    public static IEnumerable<object[]> PanopticCases => Cases("post_process_panoptic_segmentation");

    [TestMethod]
    [DynamicData(nameof(SemanticCases))]
    public void Semantic_GoldenCase_GivesItsMaps(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        using torch.Tensor classes = golden.InputTensor("class_queries_logits"), masks = golden.InputTensor("masks_queries_logits");
        IReadOnlyList<SegmentationResult> results = Mask2FormerPostProcessor.Semantic(classes, masks, Targets(golden));
        AssertSame(results, Mask2FormerPostProcessor.Semantic(Logits(classes, masks), Targets(golden)));
        for (int i = 0; i < results.Count; i++)
        {
            var map = new GoldenMap(golden, i);
            Assert.AreEqual((map.Height, map.Width), (results[i].Height, results[i].Width));
            int[] actual = results[i].ToLabelMap();
            map.AssertPixels(position => actual[position] == map.Value(position));
            Assert.AreEqual(actual.Length, results[i].Segments.Sum(segment => segment.Area));
        }
    }

    [TestMethod]
    [DynamicData(nameof(InstanceCases))]
    public void Instance_GoldenCase_GivesItsSegments(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        JsonElement parameters = golden.Json.GetProperty("parameters");
        var options = new InstanceOptions { Threshold = Number(parameters, "threshold") ?? 0.5 };
        using torch.Tensor classes = golden.InputTensor("class_queries_logits"), masks = golden.InputTensor("masks_queries_logits");
        IReadOnlyList<SegmentationResult> results = Mask2FormerPostProcessor.Instance(classes, masks, Targets(golden), options);
        AssertSame(results, Mask2FormerPostProcessor.Instance(Logits(classes, masks), Targets(golden), options));
        for (int i = 0; i < results.Count; i++)
        {
            if (golden.Expected($"segmentation.{i}").TryGetProperty("rle", out JsonElement lists))
            {
                GoldenSegments.Match(golden, i, results[i]);
                GoldenSegments.AssertRowMajorRuns(lists, results[i]);
                continue;
            }

            var map = new GoldenMap(golden, i);
            Assert.AreEqual((map.Height, map.Width), (results[i].Height, results[i].Width));
            if (map.Planes > 0)
            {
                GoldenSegments.AssertPlanes(golden, i, map, results[i]);
                continue;
            }

            IReadOnlyDictionary<int, int> expectedIdOf = GoldenSegments.Match(golden, i, results[i], map);
            int[] actual = results[i].ToIdMap();
            map.AssertPixels(position => (actual[position] == 0 ? map.Void : expectedIdOf[actual[position]]) == map.Value(position));
        }
    }

    [TestMethod]
    [DynamicData(nameof(PanopticCases))]
    public void Panoptic_GoldenCase_GivesItsSegments(string name)
    {
        GoldenCase golden = Goldens.Load(Area, name);
        JsonElement parameters = golden.Json.GetProperty("parameters");
        var options = new PanopticOptions
        {
            Threshold = Number(parameters, "threshold") ?? 0.5,
            MaskThreshold = Number(parameters, "mask_threshold") ?? 0.5,
            OverlapMaskAreaThreshold = Number(parameters, "overlap_mask_area_threshold") ?? 0.8,
            LabelIdsToFuse = parameters.TryGetProperty("label_ids_to_fuse", out JsonElement fuse) ? [.. fuse.EnumerateArray().Select(id => id.GetInt32())] : null,
        };
        using torch.Tensor classes = golden.InputTensor("class_queries_logits"), masks = golden.InputTensor("masks_queries_logits");
        IReadOnlyList<SegmentationResult> results = Mask2FormerPostProcessor.Panoptic(classes, masks, Targets(golden), options);
        AssertSame(results, Mask2FormerPostProcessor.Panoptic(Logits(classes, masks), Targets(golden), options));
        for (int i = 0; i < results.Count; i++)
        {
            var map = new GoldenMap(golden, i);
            Assert.AreEqual((map.Height, map.Width), (results[i].Height, results[i].Width));
            IReadOnlyDictionary<int, int> expectedIdOf = GoldenSegments.Match(golden, i, results[i], map);
            int[] actual = results[i].ToIdMap();
            map.AssertPixels(position => (actual[position] == 0 ? map.Void : expectedIdOf[actual[position]]) == map.Value(position));
        }
    }

    [TestMethod]
    public void AllTasks_TargetsOfAnotherNumber_AreRefused()
    {
        var logits = new Mask2FormerLogits(new float[6], new float[8], images: 1, queries: 2, classes: 2, height: 2, width: 2);
        Assert.Contains("1 pictures, but 2", Assert.ThrowsExactly<ArgumentException>(() => Mask2FormerPostProcessor.Semantic(logits, [new TargetSize(), new TargetSize()])).Message);
        Assert.Contains("(1, 2, 2, 2)", Assert.ThrowsExactly<ArgumentException>(() => new Mask2FormerLogits(new float[6], new float[9], 1, 2, 2, 2, 2)).Message);
        Assert.Contains("(1, 2, 3)", Assert.ThrowsExactly<ArgumentException>(() => new Mask2FormerLogits(new float[7], new float[8], 1, 2, 2, 2, 2)).Message);
    }

    private static Mask2FormerLogits Logits(torch.Tensor classes, torch.Tensor masks) => new(
        classes.data<float>().ToArray(), masks.data<float>().ToArray(), (int)classes.shape[0], (int)classes.shape[1], (int)classes.shape[2] - 1, (int)masks.shape[2], (int)masks.shape[3]);

    private static void AssertSame(IReadOnlyList<SegmentationResult> expected, IReadOnlyList<SegmentationResult> actual)
    {
        Assert.HasCount(expected.Count, actual);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.AreEqual((expected[i].Height, expected[i].Width), (actual[i].Height, actual[i].Width));
            CollectionAssert.AreEqual(
                expected[i].Segments.Select(segment => (segment.Id, segment.LabelId, segment.Score, segment.Mask.ToCompressed())).ToArray(),
                actual[i].Segments.Select(segment => (segment.Id, segment.LabelId, segment.Score, segment.Mask.ToCompressed())).ToArray());
        }
    }

    /// <summary>The result of a picture never depends on the others of its batch.</summary>
    [TestMethod]
    public void AllTasks_BatchOfThree_GiveWhatEachPictureGivesAlone()
    {
        using torch.Tensor classes = ProceduralTensor.Create("batch/classes", [3, 12, 9], 6, 0), masks = ProceduralTensor.Create("batch/masks", [3, 12, 9, 11], 8, -1);
        TargetSize[] targets = [TargetSize.Of(50, 61), TargetSize.Of(33, 90), TargetSize.Of(401, 12)];
        foreach (var task in new Func<torch.Tensor, torch.Tensor, TargetSize[], IReadOnlyList<SegmentationResult>>[]
        {
            (c, m, t) => Mask2FormerPostProcessor.Semantic(c, m, t),
            (c, m, t) => Mask2FormerPostProcessor.Instance(c, m, t, new InstanceOptions { Threshold = 0.2 }),
            (c, m, t) => Mask2FormerPostProcessor.Panoptic(c, m, t, new PanopticOptions { Threshold = 0.2, OverlapMaskAreaThreshold = 0.1 }),
        })
        {
            IReadOnlyList<SegmentationResult> together = task(classes, masks, targets);
            for (int i = 0; i < 3; i++)
            {
                using torch.Tensor c = classes.narrow(0, i, 1), m = masks.narrow(0, i, 1);
                SegmentationResult alone = task(c, m, [targets[i]])[0];
                CollectionAssert.AreEqual(alone.Segments.ToArray(), together[i].Segments.ToArray());
            }
        }
    }

    /// <summary>Logits to the padded input, crop, to the target, then probabilities: as torch does it step by step.</summary>
    [TestMethod]
    public void Original_PaddedInput_IsCroppedBeforeProbabilities()
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor classes = ProceduralTensor.Create("original/classes", [1, 6, 5], 6, 0), masks = ProceduralTensor.Create("original/masks", [1, 6, 8, 12], 8, 0);
        var target = new TargetSize { Input = (32, 48), Valid = (27, 41), Target = (45, 60) };
        torch.Tensor logits = torch.nn.functional.interpolate(masks, [32, 48], mode: torch.InterpolationMode.Bilinear, align_corners: false)[0];
        logits = torch.nn.functional.interpolate(logits.narrow(1, 0, 27).narrow(2, 0, 41).unsqueeze(0), [45, 60], mode: torch.InterpolationMode.Bilinear, align_corners: false)[0];
        torch.Tensor probabilities = classes[0].softmax(-1).narrow(1, 0, 4);

        int[] semantic = Mask2FormerPostProcessor.Semantic(classes, masks, [target], new SemanticOptions { Upsampling = MaskUpsampling.Original })[0].ToLabelMap();
        long[] expected = torch.einsum("qc,qhw->chw", probabilities, logits.sigmoid()).argmax(0).data<long>().ToArray();
        Assert.IsLessThanOrEqualTo(2, semantic.Zip(expected).Count(pair => pair.First != pair.Second));

        SegmentationResult instances = Mask2FormerPostProcessor.Instance(
            classes, masks, [target], new InstanceOptions { Threshold = 0, MaxInstances = 5, ThingLabelIds = [0, 1, 2], Upsampling = MaskUpsampling.Original })[0];
        (torch.Tensor best, torch.Tensor at) = probabilities.flatten().topk(5);
        var wanted = new List<(int Label, float Score, long Area)>();
        for (int i = 0; i < 5; i++)
        {
            int pair = (int)at[i].item<long>();
            torch.Tensor inside = logits[pair / 4] > 0;
            float score = best[i].item<float>() * (float)((logits[pair / 4].sigmoid() * inside).sum().item<float>() / (inside.sum().item<long>() + 1e-6));
            if (pair % 4 != 3 && inside.any().item<bool>())
            {
                wanted.Add((pair % 4, score, inside.sum().item<long>()));
            }
        }

        (int Label, float Score, long Area)[] sorted = [.. wanted.OrderByDescending(segment => segment.Score)];
        Assert.AreEqual(sorted.Length, instances.Segments.Count);
        for (int i = 0; i < sorted.Length; i++)
        {
            Assert.AreEqual(sorted[i].Label, instances.Segments[i].LabelId);
            Assert.AreEqual(sorted[i].Score, instances.Segments[i].Score, 1e-5f);
            Assert.IsLessThanOrEqualTo(2, Math.Abs(sorted[i].Area - instances.Segments[i].Area));
        }
    }

    /// <summary>The original's panoptic rule, written out with torch on whole maps.</summary>
    [TestMethod]
    public void Panoptic_OriginalRule_KeepsOnlySurePixels()
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor classes = ProceduralTensor.Create("original/panoptic/classes", [1, 9, 6], 9, 0), masks = ProceduralTensor.Create("original/panoptic/masks", [1, 9, 7, 9], 9, 0);
        var options = PanopticOptions.Original with { Threshold = 0.4, OverlapMaskAreaThreshold = 0.3 };
        SegmentationResult result = Mask2FormerPostProcessor.Panoptic(classes, masks, [new TargetSize { Input = (28, 36) }], options)[0];

        torch.Tensor probabilities = torch.nn.functional.interpolate(masks, [28, 36], mode: torch.InterpolationMode.Bilinear, align_corners: false)[0].sigmoid();
        (torch.Tensor scores, torch.Tensor labels) = classes[0].softmax(-1).max(-1);
        long[] kept = [.. Enumerable.Range(0, 9).Where(q => labels[q].item<long>() != 5 && scores[q].item<float>() > 0.4f).Select(q => (long)q)];
        Assert.IsGreaterThan(2, kept.Length);
        torch.Tensor own = probabilities.index_select(0, torch.tensor(kept));
        torch.Tensor owners = (own * scores.index_select(0, torch.tensor(kept)).view(-1, 1, 1)).argmax(0);
        var expected = new List<(int Label, long Area)>();
        for (int k = 0; k < kept.Length; k++)
        {
            long won = owners.eq(k).sum().item<long>(), reached = (own[k] >= 0.5).sum().item<long>();
            long both = owners.eq(k).logical_and(own[k] >= 0.5).sum().item<long>();
            if (won > 0 && reached > 0 && both > 0 && (double)won / reached >= 0.3)
            {
                expected.Add(((int)labels[kept[k]].item<long>(), both));
            }
        }

        Assert.IsGreaterThan(0, expected.Count);
        CollectionAssert.AreEqual(expected.ConvertAll(segment => segment.Label), result.Segments.Select(segment => segment.LabelId).ToArray());
        foreach (((int _, long area), PredictedSegment segment) in expected.Zip(result.Segments))
        {
            Assert.IsLessThanOrEqualTo(2, Math.Abs(area - segment.Area));
        }
    }

    [TestMethod]
    public void AllTasks_BadArguments_AreErrors()
    {
        using torch.Tensor classes = torch.zeros(2, 3, 4), masks = torch.zeros(2, 3, 5, 6), other = torch.zeros(2, 4, 5, 6);
        Assert.ThrowsExactly<ArgumentException>(() => Mask2FormerPostProcessor.Semantic(masks, masks));
        Assert.ThrowsExactly<ArgumentException>(() => Mask2FormerPostProcessor.Semantic(classes, other));
        Assert.ThrowsExactly<ArgumentException>(() => Mask2FormerPostProcessor.Semantic(classes, masks, [TargetSize.Of(3, 3)]));
        Assert.ThrowsExactly<ArgumentException>(() => Mask2FormerPostProcessor.Semantic(classes, masks, [TargetSize.Of(3, 3), TargetSize.Of(0, 3)]));
        Assert.ThrowsExactly<ArgumentException>(() => Mask2FormerPostProcessor.Panoptic(classes, masks, null, PanopticOptions.Original));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Mask2FormerPostProcessor.Panoptic(classes, masks, null, new PanopticOptions { Threshold = 1.1 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Mask2FormerPostProcessor.Instance(classes, masks, null, new InstanceOptions { MaxInstances = 0 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Mask2FormerPostProcessor.Instance(classes, masks, null, new InstanceOptions { Threshold = double.NaN }));
    }

    private static IEnumerable<object[]> Cases(string method) => Goldens.Names(Area, golden => golden.Text("method") == method);

    private static TargetSize[]? Targets(GoldenCase golden) =>
        golden.Json.GetProperty("parameters").TryGetProperty("target_sizes", out JsonElement sizes) && sizes.ValueKind == JsonValueKind.Array
            ? [.. sizes.EnumerateArray().Select(size => TargetSize.Of(size[0].GetInt32(), size[1].GetInt32()))]
            : null;

    private static double? Number(JsonElement parameters, string name) =>
        parameters.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;
}
