using System.Globalization;
using MLNetVision.Models.Training.Segmentation;

namespace Samples;

/// <summary>Shows a training of Mask2Former as a bar.</summary>
internal sealed class SegmentationProgress
{
    private readonly ProgressBar _bar = new();
    private double _score = double.NaN;

    public void Report(SegmentationTrainingProgress step)
    {
        _score = step.Score ?? _score;
        _bar.Show((double)step.Step / step.Steps, step.Step == step.Steps, () => string.Create(
            CultureInfo.InvariantCulture,
            $"step {step.Step}/{step.Steps}  loss {step.Loss:f1}{(double.IsNaN(_score) ? "" : $"  PQ {_score:f3}")}  {step.ImagesPerSecond:f0} pictures/s  {step.Elapsed:mm\\:ss} of {step.Elapsed + step.Remaining:mm\\:ss}"));
    }
}
