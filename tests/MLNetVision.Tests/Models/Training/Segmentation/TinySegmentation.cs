using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Scenes;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Segmentation;

/// <summary>A Mask2Former small enough that a test trains it in seconds.</summary>
internal static class TinySegmentation
{
    public static Mask2FormerConfig Config { get; } = new()
    {
        BackboneConfig = new SwinConfig
        {
            EmbedDim = 8, Depths = [1, 1, 1, 1], NumHeads = [1, 1, 2, 2], ImageSize = 64, DropPathRate = 0.1, OutFeatures = ["stage1", "stage2", "stage3", "stage4"],
        },
        FeatureSize = 32, HiddenDim = 32, MaskFeatureSize = 32, EncoderFeedforwardDim = 32, DimFeedforward = 32, EncoderLayers = 1, DecoderLayers = 3,
        NumAttentionHeads = 4, NumQueries = 6, TrainNumPoints = 128,
        Labels = ["bright", "dark"],
    };

    public static Mask2FormerImageProcessorConfig Processor { get; } = new();

    public static SegmentationTrainingOptions Options => new()
    {
        Steps = 8, BatchSize = 2, LearningRate = 1e-3, BackboneLearningRateFactor = 1, GradientClipping = 1, WarmUpSteps = 2, DataThreads = 1,
        Augmentation = new SegmentationAugmentation { CropHeight = 64, CropWidth = 64, MinimumScale = 0.8, MaximumScale = 1.2, ColorJitter = 0.1 },
    };

    public static Mask2FormerForUniversalSegmentation Model(ulong seed = 1) => new(Config, generator: new Generator(seed));
}
