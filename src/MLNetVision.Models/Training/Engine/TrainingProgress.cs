namespace MLNetVision.Models.Training.Engine;

/// <summary>Where a training stands, after a step of the optimiser, at the end of an epoch or after an evaluation; recipes add what is theirs.</summary>
public record TrainingProgress
{
    /// <summary>The steps taken over the whole training, those of an interrupted run included.</summary>
    public required long Step { get; init; }

    /// <summary>The steps that were asked for, of all epochs.</summary>
    public required long Steps { get; init; }

    /// <summary>The training loss: of a LeViT the mean over this epoch so far, of a Mask2Former that of the last step. NaN before a finite step.</summary>
    public required double Loss { get; init; }

    /// <summary>The L2 norm of the last step's gradients before clipping; not finite where the step was left out.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Training pictures a second in this run, since the last epoch's end or evaluation; validation is not counted.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>The time spent in this run.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The estimated time to the last step, if the training does not stop early.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>The share of the training time, from 0 to 1, in which the steps waited for pictures, over this run.</summary>
    public required double WaitingShare { get; init; }

    /// <summary>What went wrong since the last report without ending the training, such as a state that could not be saved; null, usually, for nothing.</summary>
    public string? Warning { get; init; }

    /// <summary>The steps left out so far because their loss or gradient was not finite.</summary>
    public required long NonFiniteSteps { get; init; }
}
