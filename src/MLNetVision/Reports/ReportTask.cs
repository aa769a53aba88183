using MLNetVision.Imaging.Metrics;
using MLNetVision.Segmentation;
using MLNetVision.Segmentation.Evaluation;

namespace MLNetVision.Reports;

/// <summary>What differs between the tasks in a report: the evaluator, the figure of one image, and the figures and charts shown.</summary>
internal abstract class ReportTask
{
    /// <summary>The name of <see cref="FigureOf"/>.</summary>
    public abstract string FigureName { get; }

    public abstract long ImageCount { get; }

    public static ReportTask Create(SegmentationTask task, EvaluationClasses classes, double boundaryRatio) => task switch
    {
        SegmentationTask.Semantic => new Semantic(classes, boundaryRatio),
        SegmentationTask.Instance => new Instance(classes),
        SegmentationTask.Panoptic => new Panoptic(classes),
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "One of the values of SegmentationTask was expected."),
    };

    public abstract void Add(EvaluationRow row);

    /// <summary>The headline figure of one image by itself; NaN if it has none.</summary>
    public abstract double FigureOf(EvaluationRow row);

    /// <summary>The figures over all images, and a chart.</summary>
    public abstract void WriteSummary(HtmlPage page);

    /// <summary>The figures of each class that occurs.</summary>
    public abstract void WriteClasses(HtmlPage page);

    private static string Text(double figure) => double.IsNaN(figure) ? "–" : figure.ToString("0.0000");

    private sealed class Semantic(EvaluationClasses classes, double boundaryRatio) : ReportTask
    {
        private readonly SemanticEvaluator _all = new(classes.Names, boundaryRatio);

        public override string FigureName => "mIoU";

        public override long ImageCount => _all.ImageCount;

        public override void Add(EvaluationRow row) => _all.Add(row.ImageId, row.Truth, row.Prediction);

        public override double FigureOf(EvaluationRow row)
        {
            var one = new SemanticEvaluator(classes.Names, boundaryRatio);
            one.Add(row.ImageId, row.Truth, row.Prediction);
            return one.Compute().MeanIoU;
        }

        public override void WriteSummary(HtmlPage page)
        {
            SemanticMetrics metrics = _all.Compute();
            page.Table(
                ["mIoU", "mIoU in truth", "pixel accuracy", "mean accuracy", "weighted IoU", "Dice", "boundary IoU"],
                [[Text(metrics.MeanIoU), Text(metrics.MeanIoUInTruth), Text(metrics.PixelAccuracy), Text(metrics.MeanAccuracy), Text(metrics.FrequencyWeightedIoU), Text(metrics.MeanDice), Text(metrics.MeanBoundaryIoU)]]);
            page.Png(MetricsCharts.ConfusionHeatMap(metrics.ConfusionMatrix), "confusion matrix");
        }

        public override void WriteClasses(HtmlPage page) => page.Table(
            ["class", "IoU", "accuracy", "precision", "Dice", "boundary IoU", "true pixels"],
            _all.Compute().PerClass.Where(c => c.TruthPixels + c.PredictedPixels > 0)
                .Select(c => new[] { c.Name, Text(c.IoU), Text(c.Accuracy), Text(c.Precision), Text(c.Dice), Text(c.BoundaryIoU), $"{c.TruthPixels}" }));
    }

    private sealed class Instance(EvaluationClasses classes) : ReportTask
    {
        private readonly InstanceEvaluator _all = new(classes.Names, OverlapKind.Masks);

        public override string FigureName => "AP";

        public override long ImageCount => _all.ImageCount;

        public override void Add(EvaluationRow row) => _all.Add(row.ImageId, row.Truth, row.Prediction);

        public override double FigureOf(EvaluationRow row)
        {
            var one = new InstanceEvaluator(classes.Names, OverlapKind.Masks);
            one.Add(row.ImageId, row.Truth, row.Prediction);
            return one.Compute().AveragePrecision;
        }

        public override void WriteSummary(HtmlPage page)
        {
            InstanceMetrics metrics = _all.Compute();
            page.Table(
                ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR@1", "AR@10", "AR@100"],
                [new[] { metrics.AveragePrecision, metrics.AveragePrecision50, metrics.AveragePrecision75, metrics.AveragePrecisionSmall, metrics.AveragePrecisionMedium, metrics.AveragePrecisionLarge, metrics.AverageRecall1, metrics.AverageRecall10, metrics.AverageRecall100 }.Select(Text)]);
            page.Png(MetricsCharts.PrecisionRecall(metrics), "precision and recall");
        }

        public override void WriteClasses(HtmlPage page) => page.Table(
            ["class", "truths", "detections", "AP", "AP50", "AP75", "AR@100"],
            _all.Compute().PerClass.Where(c => c.TruthCount + c.DetectionCount > 0)
                .Select(c => new[] { c.Name, $"{c.TruthCount}", $"{c.DetectionCount}", Text(c.AveragePrecision), Text(c.AveragePrecision50), Text(c.AveragePrecision75), Text(c.AverageRecall) }));
    }

    private sealed class Panoptic(EvaluationClasses classes) : ReportTask
    {
        private readonly PanopticEvaluator _all = new(classes.Names, classes.IsThing);

        public override string FigureName => "PQ";

        public override long ImageCount => _all.ImageCount;

        public override void Add(EvaluationRow row) => _all.Add(row.ImageId, row.Truth, row.Prediction);

        public override double FigureOf(EvaluationRow row)
        {
            var one = new PanopticEvaluator(classes.Names, classes.IsThing);
            one.Add(row.ImageId, row.Truth, row.Prediction);
            return one.Compute().PanopticQuality;
        }

        public override void WriteSummary(HtmlPage page)
        {
            PanopticMetrics metrics = _all.Compute();
            page.Table(
                [string.Empty, "PQ", "SQ", "RQ", "classes"],
                new[] { ("all", metrics.All), ("things", metrics.Things), ("stuff", metrics.Stuff) }
                    .Select(row => new[] { row.Item1, Text(row.Item2.PanopticQuality), Text(row.Item2.SegmentationQuality), Text(row.Item2.RecognitionQuality), $"{row.Item2.ClassCount}" }));
            page.Png(MetricsCharts.PanopticQuality(metrics), "panoptic quality of each class");
        }

        public override void WriteClasses(HtmlPage page) => page.Table(
            ["class", "PQ", "SQ", "RQ", "found", "false", "missed"],
            _all.Compute().PerClass.Where(c => c.TruePositives + c.FalsePositives + c.FalseNegatives > 0)
                .Select(c => new[] { c.Name, Text(c.PanopticQuality), Text(c.SegmentationQuality), Text(c.RecognitionQuality), $"{c.TruePositives}", $"{c.FalsePositives}", $"{c.FalseNegatives}" }));
    }
}
