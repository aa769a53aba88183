namespace MLNetVision.Models.Training.Engine;

/// <summary>What a training did; the weights are in the model that was passed to it. Recipes add what is theirs.</summary>
public record TrainingResult
{
    /// <summary>Why it ended.</summary>
    public required TrainingOutcome Outcome { get; init; }

    /// <summary>The optimiser's steps, those of an interrupted run that was resumed included, without those that were left out.</summary>
    public required long Steps { get; init; }

    /// <summary>The steps that were left out because their loss or gradient was not finite.</summary>
    public required long NonFiniteSteps { get; init; }

    /// <summary>The pictures that were left out, each once, training before validation, in the order of the data.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>The share of the training time, from 0 to 1, in which the steps waited for pictures, over this run.</summary>
    public required double WaitingShare { get; init; }
}
