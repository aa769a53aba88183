using System.Text.Json.Serialization;
using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Metrics;

/// <summary>COCO's twelve figures of instance segmentation or detection, and those of each class. NaN: no truth to find (pycocotools shows −1).</summary>
public sealed class InstanceMetrics
{
    private const int All = 0;
    private static readonly int LastLimit = CocoProtocol.MaxDetections.Length - 1;

    internal InstanceMetrics(OverlapKind kind, int images, long missed, IReadOnlyList<InstanceClassMetrics> classes)
    {
        Kind = kind;
        ImageCount = images;
        MissedCount = missed;
        PerClass = classes;
        AveragePrecision = Precision(All, null);
        AveragePrecision50 = Precision(All, 0);
        AveragePrecision75 = Precision(All, 5);
        AveragePrecisionSmall = Precision(1, null);
        AveragePrecisionMedium = Precision(2, null);
        AveragePrecisionLarge = Precision(3, null);
        AverageRecall1 = Recall(0, All);
        AverageRecall10 = Recall(1, All);
        AverageRecall100 = Recall(LastLimit, All);
        AverageRecallSmall = Recall(LastLimit, 1);
        AverageRecallMedium = Recall(LastLimit, 2);
        AverageRecallLarge = Recall(LastLimit, 3);
    }

    /// <summary>Whether masks or boxes were compared.</summary>
    public OverlapKind Kind { get; }

    /// <summary>The number of images evaluated.</summary>
    public int ImageCount { get; }

    /// <summary>The images among them whose picture could not be read or was of another size than its truth, so that all of their truth counts as missed.</summary>
    public long MissedCount { get; }

    /// <summary>AP: the mean over classes and over overlaps 0.50, 0.55, …, 0.95. Higher is better, 1 is perfect.</summary>
    public double AveragePrecision { get; }

    /// <summary>AP at overlap 0.50 (AP50, PASCAL VOC's figure).</summary>
    public double AveragePrecision50 { get; }

    /// <summary>AP at overlap 0.75 (AP75).</summary>
    public double AveragePrecision75 { get; }

    /// <summary>AP of objects of at most 32² pixels (APs).</summary>
    public double AveragePrecisionSmall { get; }

    /// <summary>AP of objects of 32² to 96² pixels (APm).</summary>
    public double AveragePrecisionMedium { get; }

    /// <summary>AP of objects of at least 96² pixels (APl).</summary>
    public double AveragePrecisionLarge { get; }

    /// <summary>Mean recall with one detection of a class in an image (AR@1).</summary>
    public double AverageRecall1 { get; }

    /// <summary>Mean recall with ten detections (AR@10).</summary>
    public double AverageRecall10 { get; }

    /// <summary>Mean recall with a hundred detections (AR@100).</summary>
    public double AverageRecall100 { get; }

    /// <summary>AR@100 of objects of at most 32² pixels.</summary>
    public double AverageRecallSmall { get; }

    /// <summary>AR@100 of objects of 32² to 96² pixels.</summary>
    public double AverageRecallMedium { get; }

    /// <summary>AR@100 of objects of at least 96² pixels.</summary>
    public double AverageRecallLarge { get; }

    /// <summary>The figures of each class, in the order of the classes.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<InstanceClassMetrics> PerClass { get; }

    /// <summary>All figures as JSON; undefined ones are null.</summary>
    public string ToJson() => MetricsText.ToJson(this);

    /// <summary>The twelve figures in the order in which COCO's tool prints them, then a table of the classes.</summary>
    public override string ToString() => MetricsText.Lines(
    [
        $"{(Kind == OverlapKind.Masks ? "Instance segmentation" : "Object detection")}, {ImageCount} images{MetricsText.Missed(MissedCount)}",
        MetricsText.Table(
            ["", "all", "small", "medium", "large", "IoU 0.50", "IoU 0.75"],
            [
                ["AP", .. MetricsText.Figures(AveragePrecision, AveragePrecisionSmall, AveragePrecisionMedium, AveragePrecisionLarge, AveragePrecision50, AveragePrecision75)],
                ["AR@100", .. MetricsText.Figures(AverageRecall100, AverageRecallSmall, AverageRecallMedium, AverageRecallLarge), "", ""],
                ["AR@10", .. MetricsText.Figures(AverageRecall10), "", "", "", "", ""],
                ["AR@1", .. MetricsText.Figures(AverageRecall1), "", "", "", "", ""],
            ]),
        MetricsText.Table(
            ["class", "truths", "detections", "AP", "AP50", "AP75", "AR@100"],
            [.. PerClass.Select(c => (string[])[c.Name, $"{c.TruthCount}", $"{c.DetectionCount}", .. MetricsText.Figures(c.AveragePrecision, c.AveragePrecision50, c.AveragePrecision75, c.AverageRecall)])]),
    ]);

    private double Precision(int area, int? threshold) => Undefined.Mean(PerClass.SelectMany(c => c.Precisions(area, threshold)));

    private double Recall(int limit, int area) => Undefined.Mean(PerClass.SelectMany(c => c.Recalls(limit, area)));
}
