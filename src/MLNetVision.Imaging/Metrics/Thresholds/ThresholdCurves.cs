using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Metrics.Thresholds;

/// <summary>
/// How precision, recall and F1 depend on the score from which a prediction counts, with a threshold to recommend: the one with the highest
/// mean F1 over the classes.
/// </summary>
public sealed class ThresholdCurves
{
    private const int RowsOfCsv = 100;

    internal ThresholdCurves(IReadOnlyList<ThresholdCurve> perClass)
    {
        PerClass = perClass;
        ThresholdCurve[] defined = [.. perClass.Where(curve => curve.TruthCount > 0)];
        Mean = new ThresholdCurve(
            $"mean of {defined.Length} classes", defined.Sum(curve => curve.TruthCount), Average(curve => curve.Precision), Average(curve => curve.Recall), Average(curve => curve.F1));

        double[] Average(Func<ThresholdCurve, IReadOnlyList<double>> values) =>
            [.. Enumerable.Range(0, ScoreCounts.Steps + 1).Select(i => Undefined.Mean(defined.Select(curve => values(curve)[i])))];
    }

    /// <summary>The curves of the classes, in their order.</summary>
    public IReadOnlyList<ThresholdCurve> PerClass { get; }

    /// <summary>The mean over the classes that have truth.</summary>
    public ThresholdCurve Mean { get; }

    /// <summary>The threshold to recommend; NaN without truth.</summary>
    public double RecommendedThreshold => Mean.BestThreshold;

    /// <summary>
    /// Comma-separated: a row for each threshold 0, 0.01, …, 1 and for the one to recommend, which has a 1 in the column for that, with the mean
    /// precision, recall and F1, then the F1 of each class.
    /// </summary>
    public string ToCsv()
    {
        const int Step = ScoreCounts.Steps / RowsOfCsv;
        int recommended = double.IsNaN(RecommendedThreshold) ? -1 : ThresholdCurve.IndexOf(RecommendedThreshold);
        return CsvText.Write(
            ["threshold", "precision", "recall", "f1", "recommended", .. PerClass.Select(curve => $"f1/{curve.Name}")],
            Enumerable.Range(0, ScoreCounts.Steps + 1).Where(i => i % Step == 0 || i == recommended).Select(i => (IReadOnlyList<object?>)
                [i / (double)ScoreCounts.Steps, Mean.Precision[i], Mean.Recall[i], Mean.F1[i], i == recommended ? 1 : null, .. PerClass.Select(curve => (object?)curve.F1[i])]));
    }
}
