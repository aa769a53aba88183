using System.Text.Json.Serialization;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Metrics.Thresholds;

namespace MLNetVision.Imaging.Metrics.Classification;

/// <summary>The figures of a classification over all pictures, and of each class. NaN where nothing defines a figure.</summary>
public sealed class ClassificationMetrics
{
    internal ClassificationMetrics(ConfusionCounts confusion, ThresholdCurves thresholds, IReadOnlyList<CalibrationBin> calibration, double logLoss, double topAccuracy, int top)
    {
        (ConfusionMatrix, Thresholds, Calibration, LogLoss, TopCount, TopAccuracy) = (confusion, thresholds, calibration, logLoss, top, topAccuracy);
        PerClass = [.. confusion.ClassNames.Select((name, i) => new ClassificationClassMetrics(
            name, confusion.TruthCount(i), confusion.PredictionCount(i), confusion.Counts[i][i], thresholds.PerClass[i].BestThreshold))];
        PictureCount = PerClass.Sum(c => c.Support);
        UnreadableCount = confusion.Unassigned.Sum();
        Accuracy = Undefined.Ratio(PerClass.Sum(c => c.TruePositives), PictureCount);
        MacroAccuracy = Undefined.Mean(PerClass.Select(c => c.Recall));
        MacroF1 = Undefined.Mean(PerClass.Select(c => c.F1));
        long scored = PictureCount - UnreadableCount;
        ExpectedCalibrationError = scored == 0 ? double.NaN : calibration.Where(bin => bin.Count > 0).Sum(bin => bin.Count / (double)scored * Math.Abs(bin.Confidence - bin.Accuracy));
    }

    /// <summary>The pictures with a label.</summary>
    public long PictureCount { get; }

    /// <summary>Those of them without a prediction, which count as wrong.</summary>
    public long UnreadableCount { get; }

    /// <summary>The part of the pictures told right (ML.NET's micro-accuracy).</summary>
    public double Accuracy { get; }

    /// <summary>The mean over the classes of the part of their pictures told right.</summary>
    public double MacroAccuracy { get; }

    /// <summary>The mean F1 over the classes that occur.</summary>
    public double MacroF1 { get; }

    /// <summary>The mean of −ln of the true class's probability, of pictures with a prediction; a probability of 0 counts as 1e-15. NaN where predictions do not name all classes.</summary>
    public double LogLoss { get; }

    /// <summary>How many of the most probable classes <see cref="TopAccuracy"/> takes: 5, or all of fewer classes, or as many as the predictions name.</summary>
    public int TopCount { get; }

    /// <summary>The part of the pictures whose class is among the <see cref="TopCount"/> most probable ones.</summary>
    public double TopAccuracy { get; }

    /// <summary>The mean distance between the highest probability and the part told right, over tenths of the scale (ECE); 0 says that probabilities can be believed.</summary>
    public double ExpectedCalibrationError { get; }

    /// <summary>The tenths of the scale that <see cref="ExpectedCalibrationError"/> is made of.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<CalibrationBin> Calibration { get; }

    /// <summary>The figures of each class, in the order of the classes.</summary>
    [JsonPropertyOrder(2)]
    public IReadOnlyList<ClassificationClassMetrics> PerClass { get; }

    /// <summary>Which class was taken for which.</summary>
    [JsonPropertyOrder(3)]
    public ConfusionCounts ConfusionMatrix { get; }

    /// <summary>Precision, recall and F1 over the threshold on a class's probability, where each class is asked for by itself.</summary>
    [JsonIgnore]
    public ThresholdCurves Thresholds { get; }

    /// <summary>The figures over all pictures as tables have them. That the right class is among all that there are says nothing.</summary>
    [JsonIgnore]
    internal IReadOnlyList<(string Name, double Value)> Summary =>
    [
        ("accuracy", Accuracy), ("macro accuracy", MacroAccuracy), ("macro F1", MacroF1),
        .. TopCount < ConfusionMatrix.ClassNames.Count ? [($"top {TopCount}", TopAccuracy)] : ((string, double)[])[],
        ("log-loss", LogLoss), ("ECE", ExpectedCalibrationError),
    ];

    /// <summary>All figures as JSON; undefined ones are null.</summary>
    public string ToJson() => MetricsText.ToJson(this);

    /// <summary>The table of the classes, comma-separated.</summary>
    public string ToCsv() => CsvText.Write(
        ["class", "precision", "recall", "f1", "support", "predicted", "best threshold"],
        PerClass.Select(c => (IReadOnlyList<object?>)[c.Name, c.Precision, c.Recall, c.F1, c.Support, c.PredictedCount, c.BestThreshold]));

    /// <summary>The figures over all pictures, then a table of the classes.</summary>
    public override string ToString() => MetricsText.Lines(
    [
        $"Classification, {PictureCount} pictures",
        MetricsText.Table([.. Summary.Select(figure => figure.Name)], [MetricsText.Figures([.. Summary.Select(figure => figure.Value)])]),
        MetricsText.Table(
            ["class", "precision", "recall", "F1", "pictures", "predicted"],
            [.. PerClass.Select(c => (string[])[c.Name, .. MetricsText.Figures(c.Precision, c.Recall, c.F1), $"{c.Support}", $"{c.PredictedCount}"])]),
    ]);
}
