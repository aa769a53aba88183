namespace MLNetVision.Models.Training.Engine;

/// <summary>Where a training stands, after a step of the optimiser or at the end of an epoch.</summary>
public sealed record TrainingProgress
{
    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The number of epochs that were asked for.</summary>
    public required int Epochs { get; init; }

    /// <summary>The steps taken in this epoch.</summary>
    public required int Step { get; init; }

    /// <summary>The steps of an epoch.</summary>
    public required int Steps { get; init; }

    /// <summary>The mean training loss over this epoch so far; NaN before its first finite step.</summary>
    public required double Loss { get; init; }

    /// <summary>
    /// The share of this epoch's training pictures, augmented as they were, whose most probable class was their own; with
    /// mixed pictures, the class with the larger share. NaN before the first finite step.
    /// </summary>
    public required double Accuracy { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Training pictures a second over this epoch so far, validation not counted.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>The time spent in this run.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The estimated time to the last epoch's end, if the training does not stop early.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>The share of the training time, from 0 to 1, in which the step waited for pictures, over this run.</summary>
    public required double WaitingShare { get; init; }

    /// <summary>The steps left out so far because their loss or gradient was not finite.</summary>
    public required long NonFiniteSteps { get; init; }

    /// <summary>The epoch's summary, at its end; null after a step.</summary>
    public EpochSummary? Summary { get; init; }
}
