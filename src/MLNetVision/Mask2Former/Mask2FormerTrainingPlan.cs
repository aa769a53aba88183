using System.Globalization;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Training;

namespace MLNetVision.Mask2Former;

/// <summary>What a training of Mask2Former does: what the options say, and where they say nothing what follows from the data.</summary>
public sealed record Mask2FormerTrainingPlan
{
    /// <summary>What the training begins with.</summary>
    public required TrainingStart Start { get; init; }

    /// <summary>The network that is trained.</summary>
    public required Mask2FormerConfig Network { get; init; }

    /// <summary>How pictures are normalised, and sized for scoring.</summary>
    public required Mask2FormerImageProcessorConfig Preprocessing { get; init; }

    /// <summary>How it is trained.</summary>
    public required SegmentationTrainingOptions Training { get; init; }

    /// <summary>One sentence of all that matters.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"The training starts from {Start}: crops of {Training.Augmentation.CropWidth}×{Training.Augmentation.CropHeight}, {Training.Steps} steps in batches of {Training.BatchSize}, learning rate {Training.HighestLearningRate(Training.BatchSize):g3}, {(Training.Augmentation.FlipProbability > 0 ? "mirrored too" : "not mirrored")}{(Training.TrainTime is { } seconds ? $", within {seconds:g} s" : string.Empty)}.");
}
