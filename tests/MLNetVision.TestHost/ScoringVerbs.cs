using System.Runtime.InteropServices;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Mask2Former.PostProcessing;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Pipelines;

namespace MLNetVision.TestHost;

internal static class ScoringVerbs
{
    /// <summary>CHECKPOINT PIXELS IMAGES OUT: writes the logits of square images of numbers, then what of libtorch is in the process.</summary>
    public static void ScoreLevit(string[] arguments)
    {
        using LevitInference inference = LevitInference.FromPretrained(arguments[0]);
        int images = int.Parse(arguments[2]);
        var logits = new float[images * inference.Config.NumLabels];
        inference.Score(Read(arguments[1]), images, logits);
        Write(arguments[3], logits);
        PrintLibraries();
    }

    /// <summary>CHECKPOINT PIXELS IMAGES HEIGHT WIDTH CLASSES MASKS: the same of Mask2Former; the logits go through all three post-processings, too.</summary>
    public static void ScoreMask2Former(string[] arguments)
    {
        using Mask2FormerInference inference = Mask2FormerInference.FromPretrained(arguments[0]);
        (int images, int height, int width) = (int.Parse(arguments[2]), int.Parse(arguments[3]), int.Parse(arguments[4]));
        (int maskHeight, int maskWidth) = inference.MaskSize(height, width);
        var classes = new float[images * inference.Config.NumQueries * (inference.Config.NumLabels + 1)];
        var masks = new float[images * inference.Config.NumQueries * maskHeight * maskWidth];
        inference.Predict(Read(arguments[1]), images, height, width, classes, masks);
        Write(arguments[5], classes);
        Write(arguments[6], masks);
        var logits = new Mask2FormerLogits(classes, masks, images, inference.Config.NumQueries, inference.Config.NumLabels, maskHeight, maskWidth);
        TargetSize[] targets = [.. Enumerable.Repeat(TargetSize.Of(height, width), images)];
        _ = Mask2FormerPostProcessor.Semantic(logits, targets);
        _ = Mask2FormerPostProcessor.Instance(logits, targets, new InstanceOptions { Threshold = 0 });
        _ = Mask2FormerPostProcessor.Panoptic(logits, targets, new PanopticOptions { Threshold = 0 });
        PrintLibraries();
    }

    /// <summary>CHECKPOINT PICTURE: classifies by the pipeline, prints the most probable class, then what of libtorch is in the process.</summary>
    public static void Classify(string[] arguments)
    {
        using LevitClassifier classifier = LevitClassifier.FromPretrained(arguments[0]);
        Console.WriteLine(classifier.Classify(arguments[1]).Best.Name);
        PrintLibraries();
    }

    /// <summary>CHECKPOINT PICTURE: segments by the pipeline for each task, prints the numbers of segments, then what of libtorch is in the process.</summary>
    public static void Segment(string[] arguments)
    {
        using Mask2FormerSegmenter segmenter = Mask2FormerSegmenter.FromPretrained(arguments[0]);
        foreach (SegmentationTask task in Enum.GetValues<SegmentationTask>())
        {
            Console.WriteLine(segmenter.Segment(arguments[1], new SegmentationOptions { Task = task }).Segments.Count);
        }

        PrintLibraries();
    }

    /// <summary>[THREADS]: prints the number of threads before libtorch is in the process, then after that and after torch has set it.</summary>
    public static void CountThreads(string[] arguments)
    {
        Console.WriteLine(KernelThreads.Count);
        PrintLibraries();
        TorchSharp.torch.set_num_threads(int.Parse(arguments[0]));
        Console.WriteLine(KernelThreads.Count);
        PrintLibraries();
    }

    private static void PrintLibraries() => Console.WriteLine(string.Join(' ', File.ReadLines("/proc/self/maps")
        .Select(line => Path.GetFileName(line)).Where(name => name.Contains("libtorch", StringComparison.Ordinal) || name.Contains("LibTorchSharp", StringComparison.Ordinal))
        .Distinct().Append("end")));

    private static ReadOnlySpan<float> Read(string file) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file));

    private static void Write(string file, float[] values) => File.WriteAllBytes(file, MemoryMarshal.AsBytes(values.AsSpan()));
}
