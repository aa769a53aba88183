using System.Globalization;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Training;

namespace MLNetVision.Levit;

/// <summary>What a training of LeViT does: what the options say, and where they say nothing what follows from the data.</summary>
public sealed record LevitTrainingPlan
{
    /// <summary>What the training begins with.</summary>
    public required TrainingStart Start { get; init; }

    /// <summary>The network that is trained.</summary>
    public required LevitConfig Network { get; init; }

    /// <summary>How pictures are prepared.</summary>
    public required LevitImageProcessorConfig Preprocessing { get; init; }

    /// <summary>How it is trained.</summary>
    public required LevitTrainingOptions Training { get; init; }

    /// <summary>One sentence of all that matters.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"The training starts from {Start}: pictures of {Network.ImageSize}×{Network.ImageSize}, {Training.Epochs} epochs in batches of {Training.BatchSize}, learning rate {Training.HighestLearningRate(Training.BatchSize):g3}, {(Training.Augmentation.HorizontalFlip > 0 ? "mirrored too" : "not mirrored")}{(Training.TrainTime is { } seconds ? $", within {seconds:g} s" : string.Empty)}.");
}
