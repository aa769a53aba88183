using System.Text.Json.Serialization;
using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Metrics;

/// <summary>The figures of semantic segmentation over all images, and of each class. NaN where nothing defines a figure.</summary>
public sealed class SemanticMetrics
{
    internal SemanticMetrics(long images, long missed, IReadOnlyList<SemanticClassMetrics> classes, ConfusionCounts confusion)
    {
        ImageCount = images;
        MissedCount = missed;
        PerClass = classes;
        ConfusionMatrix = confusion;
        SemanticClassMetrics[] inTruth = [.. classes.Where(c => c.TruthPixels > 0)];
        double pixels = inTruth.Sum(c => c.TruthPixels);
        MeanIoU = Undefined.Mean(classes.Select(c => c.IoU));
        MeanIoUInTruth = Undefined.Mean(inTruth.Select(c => c.IoU));
        PixelAccuracy = Undefined.Ratio(classes.Sum(c => c.CorrectPixels), pixels);
        MeanAccuracy = Undefined.Mean(classes.Select(c => c.Accuracy));
        FrequencyWeightedIoU = inTruth.Length == 0 ? double.NaN : inTruth.Sum(c => c.TruthPixels / pixels * c.IoU);
        MeanDice = Undefined.Mean(classes.Select(c => c.Dice));
        MeanBoundaryIoU = Undefined.Mean(classes.Select(c => c.BoundaryIoU));
    }

    /// <summary>The number of images evaluated.</summary>
    public long ImageCount { get; }

    /// <summary>The images among them whose picture could not be read or was of another size than its truth, so that all of their truth counts as missed.</summary>
    public long MissedCount { get; }

    /// <summary>mIoU: the mean over the classes of the intersection over union; a class that was predicted but is not in the truth counts as 0, one in neither is left out.</summary>
    public double MeanIoU { get; }

    /// <summary>The mean over the classes that are in the truth only, as detectron2 has it.</summary>
    public double MeanIoUInTruth { get; }

    /// <summary>The part of the pixels that are right.</summary>
    public double PixelAccuracy { get; }

    /// <summary>The mean over the classes of the part of their pixels that was found.</summary>
    public double MeanAccuracy { get; }

    /// <summary>The mean IoU weighted by the pixels of each class.</summary>
    public double FrequencyWeightedIoU { get; }

    /// <summary>The mean Dice score over the classes that occur.</summary>
    public double MeanDice { get; }

    /// <summary>The mean boundary IoU over the classes that occur.</summary>
    public double MeanBoundaryIoU { get; }

    /// <summary>The figures of each class, in the order of the classes.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<SemanticClassMetrics> PerClass { get; }

    /// <summary>Which class was taken for which.</summary>
    [JsonPropertyOrder(2)]
    public ConfusionCounts ConfusionMatrix { get; }

    /// <summary>All figures as JSON; undefined ones are null.</summary>
    public string ToJson() => MetricsText.ToJson(this);

    /// <summary>The figures over all images, then a table of the classes.</summary>
    public override string ToString() => MetricsText.Lines(
    [
        $"Semantic segmentation, {ImageCount} images{MetricsText.Missed(MissedCount)}",
        MetricsText.Table(
            ["mIoU", "mIoU in truth", "pixel accuracy", "mean accuracy", "weighted IoU", "Dice", "boundary IoU"],
            [MetricsText.Figures(MeanIoU, MeanIoUInTruth, PixelAccuracy, MeanAccuracy, FrequencyWeightedIoU, MeanDice, MeanBoundaryIoU)]),
        MetricsText.Table(
            ["class", "IoU", "accuracy", "Dice", "boundary IoU", "true pixels", "predicted"],
            [.. PerClass.Select(c => (string[])[c.Name, .. MetricsText.Figures(c.IoU, c.Accuracy, c.Dice, c.BoundaryIoU), $"{c.TruthPixels}", $"{c.PredictedPixels}"])]),
    ]);
}
