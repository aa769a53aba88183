using MLNetVision.Models.Training.Classification;
using Samples;

namespace WithoutMLNet;

/// <summary>Shows a training of LeViT as a bar.</summary>
internal sealed class ClassificationProgress : IProgress<LevitTrainingProgress>
{
    private readonly ProgressBar _bar = new();

    public void Report(LevitTrainingProgress value) => _bar.Show(
        (double)value.Step / value.Steps,
        value.Summary is not null && value.Epoch == value.Epochs,
        () => $"epoch {value.Epoch}/{value.Epochs}  loss {value.Loss:f3}  accuracy {value.Accuracy:p1}  {value.ImagesPerSecond:f0} images/s  {value.Elapsed:mm\\:ss} of {value.Elapsed + value.Remaining:mm\\:ss}");
}
