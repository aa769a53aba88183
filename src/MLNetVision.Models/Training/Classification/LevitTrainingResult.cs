using System.Diagnostics.CodeAnalysis;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Records;

namespace MLNetVision.Models.Training.Classification;

/// <summary>What a training of LeViT did; the weights are in the model that was passed to it.</summary>
public sealed record LevitTrainingResult : TrainingResult
{
    /// <summary>Makes a result.</summary>
    public LevitTrainingResult()
    {
    }

    [SetsRequiredMembers]
    internal LevitTrainingResult(TrainingResult common, TrainingRecord record, int bestEpoch, IReadOnlyList<EpochSummary> history)
        : base(common)
    {
        (Record, BestEpoch, History) = (record, bestEpoch, history);
    }

    /// <summary>The epoch whose weights the model holds, from 1; 0 if the training ended within the first epoch.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>What is worth keeping with the model.</summary>
    public required TrainingRecord Record { get; init; }

    /// <summary>Every finished epoch in order, those of an interrupted run that was resumed included.</summary>
    public required IReadOnlyList<EpochSummary> History { get; init; }
}
