using Microsoft.ML.Runtime;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Training;

namespace MLNetVision.Levit;

/// <summary>Tells how a LeViT's training goes; each epoch is a milestone.</summary>
internal sealed class LevitTrainingLog(IHost host, IChannel channel, Action<LevitTrainingProgress>? callback, CancellationTokenSource cancellation, double? trainTime)
    : TrainingLog<LevitTrainingProgress>(host, channel, callback, cancellation, new TrainingEstimate(trainTime, "fewer epochs, smaller pictures"))
{
    /// <summary>Writes the summary and the warnings of a training that ended.</summary>
    public void Finish(LevitTrainingResult result) =>
        Finish(result, $"{result.History.Count} epochs and {result.Steps} steps; the model is that of epoch {result.BestEpoch}");

    protected override string? DescribeMilestone(LevitTrainingProgress value)
    {
        if (value.Summary is not { } summary)
        {
            return null;
        }

        string validation = summary.ValidationLoss is { } loss && summary.ValidationAccuracy is { } accuracy
            ? $", validation loss {loss:f4}, validation accuracy {accuracy:p2}"
            : string.Empty;
        return $"Epoch {summary.Epoch} of {value.Epochs}: loss {summary.Loss:f4}, accuracy {summary.Accuracy:p2}{validation}, {value.ImagesPerSecond:f1} images/s, {value.Remaining:hh\\:mm\\:ss} remaining.";
    }

    protected override string DescribeStep(LevitTrainingProgress value) =>
        $"Epoch {value.Epoch} of {value.Epochs}, step {value.EpochStep} of {value.EpochSteps}: loss {value.Loss:f4}, accuracy {value.Accuracy:p2}, {value.ImagesPerSecond:f1} images/s, {value.Remaining:hh\\:mm\\:ss} remaining.";
}
