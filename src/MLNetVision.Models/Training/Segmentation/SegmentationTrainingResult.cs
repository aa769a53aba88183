using System.Diagnostics.CodeAnalysis;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Records;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>One evaluation during a training.</summary>
/// <param name="Step">The steps taken before it.</param>
/// <param name="Score">What the evaluation gave; higher is better.</param>
public sealed record SegmentationScore(long Step, double Score);

/// <summary>What a segmentation training did; the weights are in the model that was passed to it.</summary>
public sealed record SegmentationTrainingResult : TrainingResult
{
    /// <summary>Makes a result.</summary>
    public SegmentationTrainingResult()
    {
    }

    [SetsRequiredMembers]
    internal SegmentationTrainingResult(TrainingResult common, TrainingRecord record, long bestStep, IReadOnlyList<SegmentationScore> scores)
        : base(common)
    {
        (Record, BestStep, Scores) = (record, bestStep, scores);
    }

    /// <summary>The step whose weights the model holds: that of the best score, or without evaluations the last. Steps that were left out count.</summary>
    public required long BestStep { get; init; }

    /// <summary>What is worth keeping with the model.</summary>
    public required TrainingRecord Record { get; init; }

    /// <summary>Every evaluation in order.</summary>
    public required IReadOnlyList<SegmentationScore> Scores { get; init; }
}
