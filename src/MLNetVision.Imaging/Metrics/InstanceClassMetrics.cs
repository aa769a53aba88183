using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Metrics;

/// <summary>COCO's figures for one class. NaN where the class has no truth (pycocotools shows −1).</summary>
public sealed class InstanceClassMetrics
{
    private const int All = 0;
    private const int At50 = 0;
    private const int At75 = 5;
    private static readonly int LastLimit = CocoProtocol.MaxDetections.Length - 1;

    /// <summary>Precision at each recall point: [area range][overlap threshold][recall point]; null without truth.</summary>
    private readonly double[]?[][] _precision;

    /// <summary>Final recall [limit on detections][area range][overlap threshold].</summary>
    private readonly double[][][] _recall;

    private InstanceClassMetrics(string name, long truths, int detections, double[]?[][] precision, double[][][] recall)
    {
        Name = name;
        TruthCount = truths;
        DetectionCount = detections;
        _precision = precision;
        _recall = recall;
    }

    /// <summary>The class's name.</summary>
    public string Name { get; }

    /// <summary>The number of true objects, crowd regions not counted.</summary>
    public long TruthCount { get; }

    /// <summary>The number of detections, at most 100 an image.</summary>
    public int DetectionCount { get; }

    /// <summary>Mean of the average precisions at overlaps 0.50, 0.55, …, 0.95.</summary>
    public double AveragePrecision => Undefined.Mean(AveragePrecisionPerIou);

    /// <summary>Average precision at overlap 0.50.</summary>
    public double AveragePrecision50 => PrecisionAt(All, At50);

    /// <summary>Average precision at overlap 0.75.</summary>
    public double AveragePrecision75 => PrecisionAt(All, At75);

    /// <summary>Average precision of objects of at most 32² pixels.</summary>
    public double AveragePrecisionSmall => MeanPrecision(1);

    /// <summary>Average precision of objects of 32² to 96² pixels.</summary>
    public double AveragePrecisionMedium => MeanPrecision(2);

    /// <summary>Average precision of objects of at least 96² pixels.</summary>
    public double AveragePrecisionLarge => MeanPrecision(3);

    /// <summary>Mean over the overlap thresholds of the recall with at most 100 detections an image.</summary>
    public double AverageRecall => Undefined.Mean(RecallPerIou);

    /// <summary>The average precision at each of the overlap thresholds 0.50, 0.55, …, 0.95.</summary>
    public IReadOnlyList<double> AveragePrecisionPerIou => [.. Enumerable.Range(0, CocoProtocol.IouThresholds.Length).Select(t => PrecisionAt(All, t))];

    /// <summary>The recall at each of the overlap thresholds.</summary>
    public IReadOnlyList<double> RecallPerIou => _recall[LastLimit][All];

    /// <summary>The precision at recalls 0, 0.01, …, 1 and one overlap threshold; empty without truth.</summary>
    /// <param name="iouThreshold">One of 0.50, 0.55, …, 0.95.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another threshold.</exception>
    public IReadOnlyList<double> PrecisionCurve(double iouThreshold) => _precision[All][CocoProtocol.IndexOf(iouThreshold)] ?? [];

    /// <summary>The precisions that COCO averages: of an area range, of one threshold or (null) all.</summary>
    internal IEnumerable<double> Precisions(int area, int? threshold) =>
        _precision[area].Where((_, t) => threshold is null || t == threshold).SelectMany(points => points ?? []);

    /// <summary>The recalls that COCO averages: of a limit on detections and an area range.</summary>
    internal IEnumerable<double> Recalls(int limit, int area) => _recall[limit][area].Where(recall => !double.IsNaN(recall));

    internal static InstanceClassMetrics Compute(string name, ReadOnlySpan<DetectionOutcome> ranked, ReadOnlySpan<long> truthCounts)
    {
        int thresholds = CocoProtocol.IouThresholds.Length;
        double[][][] recall = [.. CocoProtocol.MaxDetections.Select(_ => CocoProtocol.AreaRanges.Select(_ => new double[thresholds]).ToArray())];
        double[]?[][] precision = [.. CocoProtocol.AreaRanges.Select(_ => new double[]?[thresholds])];
        var curve = new List<(double, double)>();
        for (int area = 0; area < CocoProtocol.AreaRanges.Length; area++)
        {
            for (int threshold = 0; threshold < thresholds; threshold++)
            {
                for (int limit = 0; limit <= LastLimit; limit++)
                {
                    recall[limit][area][threshold] = double.NaN;
                    if (truthCounts[area] > 0 && (area == All || limit == LastLimit))
                    {
                        double[] points = new double[CocoProtocol.RecallPoints.Length];
                        recall[limit][area][threshold] = PrecisionRecall.Compute(
                            ranked, CocoProtocol.MaxDetections[limit], truthCounts[area], CocoProtocol.Bit(area, threshold), points, curve);
                        precision[area][threshold] = points;
                    }
                }
            }
        }

        return new InstanceClassMetrics(name, truthCounts[All], ranked.Length, precision, recall);
    }

    private double PrecisionAt(int area, int threshold) => _precision[area][threshold] is { } points ? points.Average() : double.NaN;

    private double MeanPrecision(int area) => Undefined.Mean(Precisions(area, null));
}
