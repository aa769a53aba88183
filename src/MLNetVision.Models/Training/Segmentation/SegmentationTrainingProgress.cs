using System.Diagnostics.CodeAnalysis;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Segmentation.Losses;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>Where a segmentation training stands, after a step or an evaluation.</summary>
public sealed record SegmentationTrainingProgress : TrainingProgress
{
    /// <summary>Makes a report.</summary>
    public SegmentationTrainingProgress()
    {
    }

    [SetsRequiredMembers]
    internal SegmentationTrainingProgress(TrainingProgress common)
        : base(common)
    {
    }

    /// <summary>The passes over the data so far, with their fraction.</summary>
    public required double Epoch { get; init; }

    /// <summary>
    /// The step's losses: the total over all layers, which may well begin above 100, and the final layer's parts, which tell
    /// how good the predictions are. NaN if this run has not taken a step.
    /// </summary>
    public required LossValues Losses { get; init; }

    /// <summary>The matching costs so far that were not a number.</summary>
    public required long UndefinedCosts { get; init; }

    /// <summary>What the evaluation gave, after it; null after a step.</summary>
    public double? Score { get; init; }
}
