using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Reports;
using MLNetVision.Imaging.Segments;
using MLNetVision.Segmentation.Evaluation;

namespace MLNetVision.Segmentation.Reports;

/// <summary>What differs between the tasks in a report: the evaluator, and the figure of one image by itself.</summary>
internal abstract class ReportTask
{
    /// <summary>The name of <see cref="FigureOf"/>.</summary>
    public abstract string FigureName { get; }

    public static ReportTask Create(SegmentationTask task, EvaluationClasses classes, double boundaryRatio) => task switch
    {
        SegmentationTask.Semantic => new Of<SemanticEvaluator, SemanticMetrics>(
            "mIoU", () => new SemanticEvaluator(classes.Names, boundaryRatio), evaluator => evaluator.Compute(), metrics => metrics.MeanIoU, (report, metrics) => report.AddMetrics(metrics)),
        SegmentationTask.Instance => new Of<InstanceEvaluator, InstanceMetrics>(
            "AP", () => new InstanceEvaluator(classes.Names, OverlapKind.Masks), evaluator => evaluator.Compute(), metrics => metrics.AveragePrecision, (report, metrics) => report.AddMetrics(metrics)),
        SegmentationTask.Panoptic => new Of<PanopticEvaluator, PanopticMetrics>(
            "PQ", () => new PanopticEvaluator(classes.Names, classes.IsThing), evaluator => evaluator.Compute(), metrics => metrics.PanopticQuality, (report, metrics) => report.AddMetrics(metrics)),
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "One of the values of SegmentationTask was expected."),
    };

    public abstract void Add(EvaluationRow row);

    /// <summary>The headline figure of one image by itself; NaN if it has none.</summary>
    public abstract double FigureOf(EvaluationRow row);

    /// <summary>Writes the figures over all images.</summary>
    public abstract void AddMetrics(SegmentationReport report);

    private sealed class Of<TEvaluator, TMetrics>(
        string figureName, Func<TEvaluator> create, Func<TEvaluator, TMetrics> compute, Func<TMetrics, double> figure, Action<SegmentationReport, TMetrics> write) : ReportTask
        where TEvaluator : ISegmentEvaluator
    {
        private readonly TEvaluator _all = create();

        public override string FigureName => figureName;

        public override void Add(EvaluationRow row) => row.AddTo(_all);

        public override double FigureOf(EvaluationRow row)
        {
            TEvaluator one = create();
            row.AddTo(one);
            return figure(compute(one));
        }

        public override void AddMetrics(SegmentationReport report) => write(report, compute(_all));
    }
}
