using MLNetVision.Models.Training.History;

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

    /// <summary>The steps that were left out because too few of their pictures could be read.</summary>
    public required long UnreadableSteps { get; init; }

    /// <summary>The training pictures that could not be read, each once, in the order of the data. A picture that no step asked for is not among them.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }

    /// <summary>The validation pictures that could not be read, likewise.</summary>
    public required IReadOnlyList<SkippedImage> SkippedInValidation { get; init; }

    /// <summary>The course of the training, interrupted runs that were resumed included.</summary>
    public required IReadOnlyList<TrainingPoint> Points { get; init; }

    /// <summary>The steps after which the weights were as the model now holds them; steps that were left out count.</summary>
    public required long KeptStep { get; init; }

    /// <summary>The share of the training time, from 0 to 1, in which the steps waited for pictures, over this run.</summary>
    public required double WaitingShare { get; init; }
}
