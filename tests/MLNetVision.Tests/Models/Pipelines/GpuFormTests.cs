using MLNetVision.Imaging.Levels;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Pipelines;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Pipelines;

/// <summary>The forms that score on a GPU, in libtorch on the CPU: everything but the device's own arithmetic.</summary>
[TestClass]
public sealed class GpuFormTests
{
    private static readonly ModelOwner Owner = new(typeof(GpuFormTests));

    private static string Scenes => Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes");

    [TestMethod]
    [DataRow(ScoringPrecision.Single, 1e-5)]
    [DataRow(ScoringPrecision.BFloat16, 2e-2)]
    public void Levit_Fused_EqualsTheKernels(ScoringPrecision precision, double tolerance)
    {
        LevitCheckpoint checkpoint = LevitCheckpoint.Open(Path.Combine(Goldens.Root, "checkpoints", "levit-safetensors"));
        using LevitScoringEngine kernels = LevitScoringEngine.Of(checkpoint, EnginePolicy.OnCpu(ScoringPrecision.Single, hasLibTorchForm: false), Owner, _ => { });
        using LevitScoringEngine gpu = LevitScoringEngine.Of(checkpoint, Gpu(precision), Owner, _ => { });
        ImageSource[] pictures = [.. Enumerable.Range(1, 3).Select(seed => ImageSource.FromImage(Picture(60, 70, seed)))];
        LevitResult?[] expected = kernels.Score(kernels.Prepare(pictures), wantsProbabilities: true, wantsFeatures: true);
        LevitResult?[] actual = gpu.Score(gpu.Prepare(pictures), wantsProbabilities: true, wantsFeatures: true);
        for (int i = 0; i < pictures.Length; i++)
        {
            AssertNear(expected[i]!.Probabilities, actual[i]!.Probabilities, tolerance);
            AssertNear(expected[i]!.Features, actual[i]!.Features, tolerance);
        }

        using Tensor pixels = randn(2, 3, checkpoint.Config.ImageSize, checkpoint.Config.ImageSize);
        using Tensor logits = gpu.Logits(pixels), single = kernels.Logits(pixels);
        Assert.AreEqual(ScalarType.Float32, logits.dtype);
        AssertNear([.. single.data<float>()], [.. logits.data<float>()], tolerance);
    }

    [TestMethod]
    public void Mask2Former_PicturesOfOneSizeAtOnce_GetTheAnswersTheyGetAlone()
    {
        using Mask2FormerScoringEngine engine = Mask2FormerScoringEngine.Of(Mask2FormerCheckpoint.Open(Scenes), Gpu(ScoringPrecision.Single), Owner, _ => { });
        var extractor = new SegmentExtractor(new SegmentationOptions { Threshold = 0.1 }, Mask2FormerCheckpoint.Open(Scenes).Config.Labels);
        RgbImage[] scenes = [.. Directory.GetFiles(Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test", "images")).Order(StringComparer.Ordinal).Take(4).Select(path => ImageSource.FromFile(path).Load())];
        RgbImage?[] pictures = [scenes[0], scenes[0], null, scenes[1], Picture(64, 64, 5), scenes[2], scenes[3], null];
        SegmentationResult?[] together = [.. engine.Segment(pictures, extractor)];
        Assert.HasCount(pictures.Length, together);
        for (int i = 0; i < pictures.Length; i++)
        {
            SegmentationResult? alone = pictures[i] is { } picture ? engine.Segment(picture, extractor) : null;
            Assert.AreEqual(Describe(alone), Describe(together[i]), $"picture {i}");
        }

        Assert.IsNotEmpty(together[0]!.Segments);
    }

    [TestMethod]
    public void Mask2Former_InBFloat16_FindsWhatItFindsInSinglePrecision()
    {
        Mask2FormerCheckpoint checkpoint = Mask2FormerCheckpoint.Open(Scenes);
        var extractor = new SegmentExtractor(new SegmentationOptions(), checkpoint.Config.Labels);
        using Mask2FormerScoringEngine single = Mask2FormerScoringEngine.Of(checkpoint, Gpu(ScoringPrecision.Single), Owner, _ => { });
        using Mask2FormerScoringEngine rounded = Mask2FormerScoringEngine.Of(checkpoint, Gpu(ScoringPrecision.BFloat16), Owner, _ => { });
        var quality = new PanopticEvaluator(checkpoint.Config.Labels);
        int image = 0;
        foreach (string path in Directory.GetFiles(Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test", "images")).Order(StringComparer.Ordinal).Take(6))
        {
            RgbImage picture = ImageSource.FromFile(path).Load();
            quality.Add(image++, Segments(single.Segment(picture, extractor)), Segments(rounded.Segment(picture, extractor)));
        }

        double agreement = quality.Compute().PanopticQuality;
        Assert.IsGreaterThan(0.97, agreement, $"panoptic quality of the rounded answers against the exact ones: {agreement:f4}");
    }

    [TestMethod]
    [DoNotParallelize]
    [DataRow(ScoringPrecision.Single)]
    [DataRow(ScoringPrecision.BFloat16)]
    public void Engines_Disposed_GiveEveryTensorBack(ScoringPrecision precision)
    {
        Mask2FormerCheckpoint scenes = Mask2FormerCheckpoint.Open(Scenes);
        LevitCheckpoint classes = LevitCheckpoint.Open(Path.Combine(Goldens.Root, "checkpoints", "levit-safetensors"));
        var extractor = new SegmentExtractor(new SegmentationOptions(), scenes.Config.Labels);
        Use(scores: true);
        Assert.AreEqual(LiveTensors.Growth(() => Use(scores: false)), LiveTensors.Growth(() => Use(scores: true)));

        void Use(bool scores)
        {
            using Mask2FormerScoringEngine segmenter = Mask2FormerScoringEngine.Of(scenes, Gpu(precision), Owner, _ => { });
            using LevitScoringEngine classifier = LevitScoringEngine.Of(classes, Gpu(precision), Owner, _ => { });
            if (scores)
            {
                segmenter.Segment(Picture(64, 64, 1), extractor);
                classifier.Score(classifier.Prepare([ImageSource.FromImage(Picture(40, 40, 2))]), wantsProbabilities: true, wantsFeatures: false);
            }
        }
    }

    // On the CPU, since there is no index.
    private static EngineChoice Gpu(ScoringPrecision precision) => new(EngineKind.Gpu, null, precision, KernelLevel.LibTorch);

    private static IReadOnlyList<Segment> Segments(SegmentationResult result) => [.. result.Segments.Select(Segment.Of)];

    private static string Describe(SegmentationResult? result) =>
        result is null ? "none" : string.Join("; ", result.Segments.Select(segment => $"{segment.LabelId} {segment.Score:f3} {segment.Mask.Area}"));

    private static RgbImage Picture(int height, int width, int seed)
    {
        var pixels = new byte[height * width * 3];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    private static void AssertNear(float[] expected, float[] actual, double tolerance)
    {
        Assert.HasCount(expected.Length, actual);
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], tolerance * Math.Max(largest, 1), $"at {i}");
        }
    }
}
