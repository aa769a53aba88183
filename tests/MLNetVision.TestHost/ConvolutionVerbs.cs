using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Targets;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.TestHost;

/// <summary>Runs the models where oneDNN writes down what it is asked for.</summary>
internal static class ConvolutionVerbs
{
    /// <summary>A plain convolution of torch's, over a map that none of the models has; then both models forward and backward, and their scoring.</summary>
    public static void RunModels(string[] arguments)
    {
        TorchLibrary.EnsureLoaded();
        using (NewDisposeScope())
        {
            nn.functional.conv2d(ones(4, 24, 38, 38), ones(48, 24, 3, 3), strides: [2, 2]);
        }

        RunLevit(LevitPresets.Get("levit-192") with { ImageSize = 64, Depths = [1, 1, 1] });
        foreach (int width in new[] { 40, 72, 200 })
        {
            RunLevit(new LevitConfig
            {
                ImageSize = 64, HiddenSizes = [width, width + 8, width + 16], KeyDim = [8, 8, 8], NumAttentionHeads = [2, 3, 4], Depths = [1, 1, 1], Labels = ["a", "b"],
            });
        }

        RunMask2Former();
        Console.WriteLine("done");
    }

    private static void RunLevit(LevitConfig config)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var model = new LevitForImageClassification(config, LevitInitialization.Original, generator);
        Tensor pixels = randn([2, 3, config.ImageSize, config.ImageSize], generator: generator);
        model.train();
        model.Loss(model.call(pixels).Logits, zeros(2, dtype: ScalarType.Int64)).backward();
        model.eval();
        using (no_grad())
        {
            model.call(pixels);
        }

        foreach (bool useKernels in new[] { true, false })
        {
            using LevitInference inference = LevitInference.FromWeights(config, model.state_dict(), ScoringPrecision.Single, useKernels);
            inference.Score(pixels);
        }
    }

    private static void RunMask2Former()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var config = new Mask2FormerConfig
        {
            BackboneConfig = new SwinConfig { EmbedDim = 24, Depths = [1, 1, 1, 1], NumHeads = [1, 2, 4, 8], ImageSize = 64, OutFeatures = ["stage1", "stage2", "stage3", "stage4"] },
            FeatureSize = 96, HiddenDim = 64, MaskFeatureSize = 96, EncoderFeedforwardDim = 64, DimFeedforward = 64, EncoderLayers = 1, DecoderLayers = 3,
            NumAttentionHeads = 4, NumQueries = 6, TrainNumPoints = 128, Labels = ["a", "b"],
        };
        using var model = new Mask2FormerForUniversalSegmentation(config, generator: generator);
        Tensor pixels = randn([1, 3, 64, 96], generator: generator);
        model.train();
        SegmentationPredictions predictions = Mask2FormerTraining.Predict(model, pixels);
        using var target = new SegmentationTarget(PackedMasks.Pack(ones([1, 64, 96], dtype: ScalarType.Bool)), [0]);
        var criterion = new SegmentationCriterion(Mask2FormerTraining.CriterionOptions(config), new SeededPointSource(1));
        criterion.Compute(predictions, new SegmentationTargets([target], 64, 96)).Total.backward();
        model.eval();
        using (no_grad())
        {
            model.forward(pixels);
        }

        using var inference = new Mask2FormerInference(model);
        inference.Predict(pixels);
    }
}
