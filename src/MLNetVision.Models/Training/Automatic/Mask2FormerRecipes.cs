using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Scenes;

namespace MLNetVision.Models.Training.Automatic;

/// <summary>Trainings of Mask2Former that follow the data and end in minutes on two cores where the network is small.</summary>
/// <remarks>Measured on datasets/shape-scenes alone (40 pictures), with two cores of an AMD EPYC (Zen 5) and other programs beside.</remarks>
internal static class Mask2FormerRecipes
{
    // Below it a patch of 4×4 pixels blurs what tells textures apart.
    private const int SmallestCrop = 128;

    // Swin-T has 96 channels.
    private const int SmallBackbone = 48;

    private const int Evaluations = 8;

    /// <summary>The steps between evaluations of a training with validation data: eight evaluations, so that the best state is kept and seen to come.</summary>
    public static long EvaluationSteps(long steps) => Math.Max(1, (steps + Evaluations - 1) / Evaluations);

    /// <summary>A small network for new weights: 2 million parameters, the architecture of the starter.</summary>
    public static Mask2FormerConfig Network { get; } = new()
    {
        BackboneConfig = new SwinConfig { EmbedDim = 32, Depths = [2, 2, 2, 1], NumHeads = [1, 2, 4, 8], WindowSize = 4, DropPathRate = 0.05, OutFeatures = ["stage1", "stage2", "stage3", "stage4"] },
        FeatureSize = 64,
        MaskFeatureSize = 64,
        HiddenDim = 64,
        EncoderFeedforwardDim = 256,
        DimFeedforward = 256,
        EncoderLayers = 2,
        DecoderLayers = 5,
        NumQueries = 20,
        TrainNumPoints = 1024,
    };

    /// <summary>How pictures are sized for scoring: a little larger than they are cropped in training.</summary>
    /// <param name="own">The start's own settings.</param>
    /// <param name="training">The training.</param>
    public static Mask2FormerImageProcessorConfig Preparation(Mask2FormerImageProcessorConfig own, SegmentationTrainingOptions training)
    {
        int shortest = training.Augmentation.CropHeight * 9 / 8;
        return own with { Size = ImageSize.Edges(shortest, 2 * shortest) };
    }

    /// <summary>A training of new weights.</summary>
    public static SegmentationTrainingOptions FromScratch(PictureFacts facts) => Small(facts) with
    {
        Steps = 600,
        BackboneLearningRateFactor = 1,
        WarmUpSteps = 50,
    };

    /// <summary>A training that begins with the weights of a checkpoint.</summary>
    public static SegmentationTrainingOptions FineTuning(PictureFacts facts, Mask2FormerConfig network) =>
        network.BackboneConfig.EmbedDim <= SmallBackbone ? Small(facts) : Large(facts);

    private static SegmentationTrainingOptions Small(PictureFacts facts)
    {
        int crop = Crop(facts, largest: 256);
        return new SegmentationTrainingOptions
        {
            Steps = Math.Clamp(6L * facts.Pictures, 240, 900),
            BatchSize = crop > SmallestCrop ? 4 : 8,
            LearningRate = 1e-3,
            BackboneLearningRateFactor = 0.5,
            Course = LearningRateCourse.Cosine,
            WarmUpSteps = 20,
            GradientClipping = 1,
            WeightAverageDecay = 0.98,
            Augmentation = Augmentation(facts, crop),
        };
    }

    // The original rates are for a batch of 16; few pictures and steps need no lower ones.
    private static SegmentationTrainingOptions Large(PictureFacts facts) => new()
    {
        Steps = Math.Clamp(4L * facts.Pictures, 200, 2000),
        Course = LearningRateCourse.Cosine,
        Augmentation = Augmentation(facts, Crop(facts, largest: 384)),
    };

    private static int Crop(PictureFacts facts, int largest) => Math.Clamp((facts.Side + 16) / 32 * 32, SmallestCrop, largest);

    private static SegmentationAugmentation Augmentation(PictureFacts facts, int crop) => new()
    {
        CropHeight = crop,
        CropWidth = crop,
        Reference = ScaleReference.ShorterSide,
        MinimumScale = 0.8,
        MaximumScale = 1.2,
        FlipProbability = facts.MayMirror ? 0.5 : 0,
        ColorJitter = 0.2,
    };
}
