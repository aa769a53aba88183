using System.Diagnostics.CodeAnalysis;
using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Models.Training.Classification;

/// <summary>Where a training of LeViT stands, after a step of the optimiser or at the end of an epoch.</summary>
public sealed record LevitTrainingProgress : TrainingProgress
{
    /// <summary>Makes a report.</summary>
    public LevitTrainingProgress()
    {
    }

    [SetsRequiredMembers]
    internal LevitTrainingProgress(TrainingProgress common)
        : base(common)
    {
    }

    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The number of epochs that were asked for.</summary>
    public required int Epochs { get; init; }

    /// <summary>The steps taken in this epoch.</summary>
    public required int EpochStep { get; init; }

    /// <summary>The steps of an epoch.</summary>
    public required int EpochSteps { get; init; }

    /// <summary>
    /// The share of this epoch's training pictures, augmented as they were, whose most probable class was their own; with
    /// mixed pictures, the class with the larger share. NaN before the first finite step.
    /// </summary>
    public required double Accuracy { get; init; }

    /// <summary>The epoch's summary, at its end; null after a step.</summary>
    public EpochSummary? Summary { get; init; }
}
