using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>One evaluation during a training.</summary>
/// <param name="Step">The steps taken before it.</param>
/// <param name="Score">What the evaluation gave; higher is better.</param>
public sealed record SegmentationScore(long Step, double Score);

/// <summary>What a training did; the weights are in the model that was passed to it.</summary>
public sealed record SegmentationTrainingResult
{
    /// <summary>Why it ended.</summary>
    public required TrainingOutcome Outcome { get; init; }

    /// <summary>The steps taken, those of an interrupted run included.</summary>
    public required long Steps { get; init; }

    /// <summary>The step whose weights the model holds: that of the best score, or without evaluations the last.</summary>
    public required long BestStep { get; init; }

    /// <summary>Every evaluation in order.</summary>
    public required IReadOnlyList<SegmentationScore> Scores { get; init; }

    /// <summary>The steps left out because loss or gradient was not finite.</summary>
    public required long NonFiniteSteps { get; init; }

    /// <summary>The pictures that were left out, each once, in the order of the data.</summary>
    public required IReadOnlyList<SkippedImage> Skipped { get; init; }
}
