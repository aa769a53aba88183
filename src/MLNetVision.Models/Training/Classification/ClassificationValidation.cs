using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.State;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>
/// Cross-entropy and accuracy on pictures that are prepared as for scoring. Those of a class that the model does not have count as wrong; their cross-entropy
/// has no value, and is left out.
/// </summary>
internal sealed class ClassificationValidation(
    IImageClassificationData data, Func<RgbImage, RgbImage> asForScoring, InputScaling scaling, int batchSize, int threads, int ahead)
{
    /// <summary>Measures a model in eval mode.</summary>
    /// <param name="student">The model.</param>
    /// <param name="skipped">Receives the pictures that could not be read.</param>
    /// <param name="cancellation">Ends the measuring early.</param>
    /// <returns>The loss, and the accuracy as score; NaN if no picture could be read; null if it was cancelled.</returns>
    public Measurement? Run(LevitStudent student, IDictionary<int, string> skipped, CancellationToken cancellation)
    {
        Device device = student.Module.parameters().First().device;
        (double loss, long right, long seen, long unknown) = (0, 0, 0, 0);
        using var pictures = new OrderedPrefetch<PreparedImage>(
            0, data.Count, threads, ahead, index => PreparedImage.Load(data, (int)index, asForScoring));
        for (int begin = 0; begin < data.Count; begin += batchSize)
        {
            if (cancellation.IsCancellationRequested)
            {
                return null;
            }

            PreparedImage[] prepared = [.. Enumerable.Range(begin, Math.Min(batchSize, data.Count - begin)).Select(_ => pictures.Take())];
            foreach (PreparedImage unreadable in prepared.Where(item => item.Image is null))
            {
                skipped[unreadable.Index] = unreadable.Error!;
            }

            using var scope = NewDisposeScope();
            using var _ = no_grad();
            unknown += prepared.Count(item => item.Image is not null && item.Class == IImageClassificationData.UnknownClass);
            if (LabelledPictures.Pack([.. prepared.Where(item => item.Class != IImageClassificationData.UnknownClass)]) is { } batch)
            {
                Tensor classes = DeviceUpload.To(batch.Classes, device);
                Tensor logits = student.Predict(scaling.Apply(batch.ToUnitRange(device)));
                Tensor targets = SoftTargets.Create(classes, (int)logits.shape[1], smoothing: 0);
                loss += SoftTargets.CrossEntropy(logits, targets, classWeights: null).ToNumber() * batch.Count;
                right += logits.argmax(1).eq(classes).sum().ToWholeNumber();
                seen += batch.Count;
            }
        }

        return new Measurement(loss / seen, right / (double)(seen + unknown));
    }
}
