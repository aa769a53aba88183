using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Models.Training.Classification;

/// <summary>What a training did; the weights are in the model that was passed to it.</summary>
public sealed record LevitTrainingResult
{
    /// <summary>Why it ended.</summary>
    public required TrainingOutcome Outcome { get; init; }

    /// <summary>The epoch whose weights the model holds, from 1; 0 if the training ended within the first epoch.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>Every finished epoch in order, those of an interrupted run that was resumed included.</summary>
    public required IReadOnlyList<EpochSummary> History { get; init; }

    /// <summary>The pictures that were left out, each once, training before validation, in the order of the data.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>The optimiser's steps, those of an interrupted run that was resumed included.</summary>
    public required long Steps { get; init; }

    /// <summary>The steps that were left out because their loss or gradient was not finite.</summary>
    public required long NonFiniteSteps { get; init; }

    /// <summary>The share of the training time, from 0 to 1, in which the step waited for pictures, over this run.</summary>
    public required double WaitingShare { get; init; }
}
