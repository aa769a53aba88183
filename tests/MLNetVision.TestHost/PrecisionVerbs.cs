using MLNetVision.Models.Common.Kernels.BFloat16;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Tests.Models.Training.Segmentation;
using static TorchSharp.torch;

namespace MLNetVision.TestHost;

internal static class PrecisionVerbs
{
    /// <summary>
    /// PRECISION...: asks how fast each is, then scores with both models in it; prints for each whether machine code was assembled
    /// after the question and after the scoring.
    /// </summary>
    public static void Assemble(string[] arguments)
    {
        TorchLibrary.EnsureLoaded();
        foreach (ScoringPrecision precision in arguments.Select(Enum.Parse<ScoringPrecision>))
        {
            bool isFast = ScoringPrecisions.IsFast(ScoringPrecision.BFloat16);
            bool afterQuestion = BFloat16Code.WasAssembled;
            Score(precision);
            Console.WriteLine($"{precision} {isFast} {afterQuestion} {BFloat16Code.WasAssembled} {ScoringPrecisions.IsFast(ScoringPrecision.BFloat16)}");
        }
    }

    private static void Score(ScoringPrecision precision)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        LevitConfig config = LevitPresets.Get("levit-128S") with { ImageSize = 64, Depths = [1, 1, 1], Labels = ["a", "b"] };
        using (var model = new LevitForImageClassification(config, generator: generator))
        using (LevitInference levit = LevitInference.FromWeights(config, model.state_dict(), precision, useKernels: true))
        {
            levit.Score(randn([2, 3, 64, 64], generator: generator));
        }

        using Mask2FormerForUniversalSegmentation segmenter = TinySegmentation.Model();
        using var mask2Former = new Mask2FormerInference(segmenter, precision);
        mask2Former.Predict(randn([1, 3, 64, 96], generator: generator));
    }
}
