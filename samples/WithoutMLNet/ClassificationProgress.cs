using MLNetVision.Models.Training.Engine;
using Samples;

namespace WithoutMLNet;

/// <summary>Shows a training of LeViT as a bar.</summary>
internal sealed class ClassificationProgress : IProgress<TrainingProgress>
{
    private readonly ProgressBar _bar = new();

    public void Report(TrainingProgress value) => _bar.Show(
        (value.Epoch - 1 + value.Step / (double)value.Steps) / value.Epochs,
        value.Summary is not null && value.Epoch == value.Epochs,
        () => $"epoch {value.Epoch}/{value.Epochs}  loss {value.Loss:f3}  accuracy {value.Accuracy:p1}  {value.ImagesPerSecond:f0} images/s  {value.Elapsed:mm\\:ss} of {value.Elapsed + value.Remaining:mm\\:ss}");
}
