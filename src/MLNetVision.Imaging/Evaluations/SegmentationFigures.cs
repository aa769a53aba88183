using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Metrics.Thresholds;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Evaluations;

/// <summary>The figures of a segmentation in one of the three tasks; those of the other two are null.</summary>
public sealed record SegmentationFigures
{
    internal SegmentationFigures(SegmentationTask task) => Task = task;

    /// <summary>The task.</summary>
    public SegmentationTask Task { get; }

    /// <summary>The figures of semantic segmentation.</summary>
    public SemanticMetrics? Semantic { get; internal init; }

    /// <summary>The figures of instance segmentation, by masks.</summary>
    public InstanceMetrics? Instance { get; internal init; }

    /// <summary>The figures of instance segmentation by the boxes around the masks.</summary>
    public InstanceMetrics? Boxes { get; internal init; }

    /// <summary>The figures of panoptic segmentation.</summary>
    public PanopticMetrics? Panoptic { get; internal init; }

    /// <summary>Precision, recall and F1 of masks over the score, right from an overlap of a half on, with a threshold to recommend; null of semantic segmentation and without scores.</summary>
    public ThresholdCurves? Thresholds { get; internal init; }

    /// <summary>The same of boxes; null but of instance segmentation.</summary>
    public ThresholdCurves? BoxThresholds { get; internal init; }

    /// <summary>Which class was taken for which: pixels of semantic segmentation, else true segments, each as what overlaps it the most and by a half at least. Null of one image alone.</summary>
    public ConfusionCounts? ConfusionMatrix { get; internal init; }

    /// <summary>The short name of the figure that the task is judged by: mIoU, AP or PQ.</summary>
    public string FigureName => NameOfFigure(Task);

    /// <summary>The figure that the task is judged by; NaN where nothing defines it.</summary>
    public double Figure => Semantic?.MeanIoU ?? Instance?.AveragePrecision ?? Panoptic!.PanopticQuality;

    /// <summary>The images.</summary>
    public long ImageCount => Semantic?.ImageCount ?? Instance?.ImageCount ?? Panoptic!.ImageCount;

    /// <summary>The images among them whose picture could not be read or was of another size than its truth, so that all of their truth counts as missed.</summary>
    public long MissedCount => Semantic?.MissedCount ?? Instance?.MissedCount ?? Panoptic!.MissedCount;

    internal static string NameOfFigure(SegmentationTask task) => task switch { SegmentationTask.Semantic => "mIoU", SegmentationTask.Instance => "AP", _ => "PQ" };

    /// <summary>All figures of the task as JSON, with the threshold to recommend where there is one; undefined ones are null.</summary>
    public string ToJson() => EvaluationFolder.WithThreshold(Semantic?.ToJson() ?? Instance?.ToJson() ?? Panoptic!.ToJson(), Thresholds);

    /// <summary>The table of the classes, comma-separated.</summary>
    public string ToCsv() =>
        Semantic is not null ? CsvText.Write(
            ["class", "iou", "accuracy", "precision", "dice", "boundary iou", "true pixels", "predicted pixels"],
            Semantic.PerClass.Select(c => (IReadOnlyList<object?>)[c.Name, c.IoU, c.Accuracy, c.Precision, c.Dice, c.BoundaryIoU, c.TruthPixels, c.PredictedPixels]))
        : Instance is not null ? CsvText.Write(
            ["class", "truths", "detections", "ap", "ap50", "ap75", "ar100", "box ap"],
            Instance.PerClass.Select((c, i) => (IReadOnlyList<object?>)[c.Name, c.TruthCount, c.DetectionCount, c.AveragePrecision, c.AveragePrecision50, c.AveragePrecision75, c.AverageRecall, Boxes?.PerClass[i].AveragePrecision]))
        : CsvText.Write(
            ["class", "thing", "pq", "sq", "rq", "found", "false", "missed"],
            Panoptic!.PerClass.Select(c => (IReadOnlyList<object?>)
                [c.Name, c.IsThing switch { true => "yes", false => "no", null => null }, c.PanopticQuality, c.SegmentationQuality, c.RecognitionQuality, c.TruePositives, c.FalsePositives, c.FalseNegatives]));

    /// <summary>The figures over all images, then a table of the classes.</summary>
    public override string ToString() => Semantic?.ToString() ?? Instance?.ToString() ?? Panoptic!.ToString();
}
