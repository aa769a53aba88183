using System.Globalization;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Metrics.Classification;
using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Reports;

/// <summary>A table of the report.</summary>
internal sealed record ReportTable(string[] Header, IReadOnlyList<string[]> Rows);

/// <summary>Metrics as tables: the figures over all images, and those of each class that occurs in truth or prediction.</summary>
internal static class MetricsTables
{
    public static ReportTable Summary(SemanticMetrics metrics) => new(
        ["mIoU", "mIoU in truth", "pixel accuracy", "mean accuracy", "weighted IoU", "Dice", "boundary IoU"],
        [MetricsText.Figures(metrics.MeanIoU, metrics.MeanIoUInTruth, metrics.PixelAccuracy, metrics.MeanAccuracy, metrics.FrequencyWeightedIoU, metrics.MeanDice, metrics.MeanBoundaryIoU)]);

    public static ReportTable Classes(SemanticMetrics metrics) => new(
        ["class", "IoU", "accuracy", "precision", "Dice", "boundary IoU", "true pixels"],
        [.. metrics.PerClass.Where(c => c.TruthPixels + c.PredictedPixels > 0)
            .Select(c => (string[])[c.Name, .. MetricsText.Figures(c.IoU, c.Accuracy, c.Precision, c.Dice, c.BoundaryIoU), $"{c.TruthPixels}"])]);

    public static ReportTable Summary(InstanceMetrics metrics) => new(
        ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR@1", "AR@10", "AR@100"],
        [MetricsText.Figures(
            metrics.AveragePrecision, metrics.AveragePrecision50, metrics.AveragePrecision75,
            metrics.AveragePrecisionSmall, metrics.AveragePrecisionMedium, metrics.AveragePrecisionLarge,
            metrics.AverageRecall1, metrics.AverageRecall10, metrics.AverageRecall100)]);

    public static ReportTable Classes(InstanceMetrics metrics) => new(
        ["class", "truths", "detections", "AP", "AP50", "AP75", "AR@100"],
        [.. metrics.PerClass.Where(c => c.TruthCount + c.DetectionCount > 0)
            .Select(c => (string[])[c.Name, $"{c.TruthCount}", $"{c.DetectionCount}", .. MetricsText.Figures(c.AveragePrecision, c.AveragePrecision50, c.AveragePrecision75, c.AverageRecall)])]);

    public static ReportTable Summary(PanopticMetrics metrics) => new(
        ["", "PQ", "SQ", "RQ", "classes"],
        [Averages("all", metrics.All), Averages("things", metrics.Things), Averages("stuff", metrics.Stuff)]);

    public static ReportTable Classes(PanopticMetrics metrics) => new(
        ["class", "PQ", "SQ", "RQ", "found", "false", "missed"],
        [.. metrics.PerClass.Where(c => c.TruePositives + c.FalsePositives + c.FalseNegatives > 0)
            .Select(c => (string[])[c.Name, .. MetricsText.Figures(c.PanopticQuality, c.SegmentationQuality, c.RecognitionQuality), $"{c.TruePositives}", $"{c.FalsePositives}", $"{c.FalseNegatives}"])]);

    public static ReportTable Summary(ClassificationMetrics metrics) => new(
        ["pictures", .. metrics.Summary.Select(figure => figure.Name)],
        [[metrics.PictureCount.ToString(CultureInfo.InvariantCulture), .. MetricsText.Figures([.. metrics.Summary.Select(figure => figure.Value)])]]);

    public static ReportTable Classes(ClassificationMetrics metrics) => new(
        ["class", "precision", "recall", "F1", "pictures", "predicted", "best threshold"],
        [.. metrics.PerClass.Where(c => c.Support + c.PredictedCount > 0)
            .Select(c => (string[])[c.Name, .. MetricsText.Figures(c.Precision, c.Recall, c.F1), $"{c.Support}", $"{c.PredictedCount}", MetricsText.Figures(c.BestThreshold)[0]])]);

    private static string[] Averages(string name, PanopticAverages averages) =>
        [name, .. MetricsText.Figures(averages.PanopticQuality, averages.SegmentationQuality, averages.RecognitionQuality), $"{averages.ClassCount}"];
}
