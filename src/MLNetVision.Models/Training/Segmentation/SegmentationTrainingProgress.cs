using MLNetVision.Models.Training.Segmentation.Losses;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>Where a segmentation training stands, after a step or an evaluation.</summary>
public sealed record SegmentationTrainingProgress
{
    /// <summary>The steps taken, those of an interrupted run included.</summary>
    public required long Step { get; init; }

    /// <summary>The steps that were asked for.</summary>
    public required long Steps { get; init; }

    /// <summary>The passes over the data so far, with their fraction.</summary>
    public required double Epoch { get; init; }

    /// <summary>
    /// The step's losses: the total over all layers, which may well begin above 100, and the final layer's parts, which tell
    /// how good the predictions are.
    /// </summary>
    public required LossValues Loss { get; init; }

    /// <summary>The L2 norm of the gradients before clipping; NaN where the loss was not finite.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The learning rate of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Training pictures a second over this run, evaluations not counted.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>The time of this run.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The estimated time to the last step.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>The steps left out so far because loss or gradient was not finite.</summary>
    public required long NonFiniteSteps { get; init; }

    /// <summary>The matching costs so far that were not a number.</summary>
    public required long UndefinedCosts { get; init; }

    /// <summary>The score of the evaluation that followed the step; null without one.</summary>
    public double? Score { get; init; }
}
