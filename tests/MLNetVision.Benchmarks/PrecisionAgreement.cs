using Microsoft.ML;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Processing;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks;

/// <summary>
/// What bfloat16 changes with trained models: LeViT's logits and first classes over a folder of pictures, and the panoptic
/// quality of Mask2Former over COCO scenes.
/// </summary>
internal static class PrecisionAgreement
{
    private const int BatchSize = 32;

    public static void Run(string[] arguments)
    {
        BenchmarkOptions options = BenchmarkOptions.Parse(arguments, "levit", "pictures", "mask2former", "scenes", "gpu");
        if (options.Text("levit", "") is { Length: > 0 } levit)
        {
            CompareLevit(BenchmarkOptions.ExistingFolder(levit, "LeViT's checkpoint"), BenchmarkOptions.ExistingFolder(options.Text("pictures", "datasets/digits"), "the pictures (--pictures)"));
        }

        if (options.Text("mask2former", "") is { Length: > 0 } mask2former)
        {
            CompareMask2Former(
                BenchmarkOptions.ExistingFolder(mask2former, "Mask2Former's checkpoint"), BenchmarkOptions.ExistingFolder(options.Text("scenes", "datasets/digit-scenes/test"), "the scenes (--scenes)"),
                options.Text("gpu", "") is { Length: > 0 } gpu ? BenchmarkOptions.ParseNumber(gpu, "--gpu") : null);
        }

        if (options.Text("levit", "") == "" && options.Text("mask2former", "") == "")
        {
            throw new BenchmarkUsageException("There is no checkpoint to compare.");
        }
    }

    private static void CompareLevit(string checkpoint, string pictures)
    {
        using LevitForImageClassification model = LevitForImageClassification.FromPretrained(checkpoint);
        using LevitInference single = LevitInference.From(model), rounded = LevitInference.From(model, ScoringPrecision.BFloat16);
        LevitImageProcessor processor = LevitImageProcessor.FromPretrained(Path.Combine(checkpoint, "preprocessor_config.json"));
        string[] files = BenchmarkOptions.Files(pictures, ".png", ".jpg");
        int same = 0;
        double largest = 0, difference = 0;
        foreach (string[] batch in files.Chunk(BatchSize))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor pixels = processor.Process([.. batch.Select(ImageSource.FromFile)]);
            Tensor expected = single.Score(pixels).Logits, actual = rounded.Score(pixels).Logits;
            largest = Math.Max(largest, expected.abs().max().item<float>());
            difference = Math.Max(difference, (expected - actual).abs().max().item<float>());
            same += (int)expected.argmax(1).eq(actual.argmax(1)).sum().item<long>();
        }

        Console.WriteLine($"LeViT, {files.Length} pictures: same first class {100.0 * same / files.Length:f2} %, logits differ by at most {difference:g3}, {difference / largest:p2} of the largest");
    }

    private static void CompareMask2Former(string checkpoint, string scenes, int? gpu)
    {
        var ml = new MLContext(1) { GpuDeviceId = gpu };
        IDataView data = ml.Data.LoadFromCocoPanoptic(Path.Combine(scenes, "panoptic.json"), Path.Combine(scenes, "images"));
        foreach (ScoringPrecision precision in Enum.GetValues<ScoringPrecision>())
        {
            using Mask2FormerTransformer transformer = ml.Transforms.ApplyMask2Former(checkpoint, new SegmentationScoringOptions { Precision = precision }).Fit(data);
            Console.WriteLine($"Mask2Former, {(gpu is null ? "CPU" : $"cuda:{gpu}")}, {precision}: PQ {ml.Segmentation.EvaluatePanoptic(transformer.Transform(data)).PanopticQuality:f4}");
        }
    }
}
