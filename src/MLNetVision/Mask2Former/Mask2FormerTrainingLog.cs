using Microsoft.ML.Runtime;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Training;

namespace MLNetVision.Mask2Former;

/// <summary>Tells how a Mask2Former's training goes; each evaluation is a milestone.</summary>
internal sealed class Mask2FormerTrainingLog(
    IHost host, IChannel channel, string metricName, Action<SegmentationTrainingProgress>? callback, CancellationTokenSource cancellation, double? trainTime)
    : TrainingLog<SegmentationTrainingProgress>(host, channel, callback, cancellation, new TrainingEstimate(trainTime, "fewer steps, smaller crops"))
{
    /// <summary>Writes the summary and the warnings of a training that ended.</summary>
    public void Finish(SegmentationTrainingResult result)
    {
        string best = result.Scores.FirstOrDefault(score => score.Step == result.BestStep) is { } score ? $", with validation {metricName} {score.Score:f4}" : string.Empty;
        Finish(result, $"{result.Steps} steps; the model is that of step {result.BestStep}{best}");
    }

    protected override string? DescribeMilestone(SegmentationTrainingProgress value) =>
        value.Score is { } score ? $"{DescribeStep(value)} Validation {metricName} {score:f4}." : null;

    protected override string DescribeStep(SegmentationTrainingProgress value) =>
        $"Step {value.Step} of {value.Steps}: loss {value.Loss:f4}, of the last layer class {value.Losses.Class:f4}, mask {value.Losses.Mask:f4}, dice {value.Losses.Dice:f4}, "
        + $"{value.ImagesPerSecond:f1} images/s, {value.Remaining:hh\\:mm\\:ss} remaining.";
}
