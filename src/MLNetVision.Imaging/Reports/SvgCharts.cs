using System.Globalization;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Metrics.Classification;
using MLNetVision.Imaging.Metrics.Thresholds;
using MLNetVision.Imaging.Reports.Svg;

namespace MLNetVision.Imaging.Reports;

/// <summary>Metrics as drawings in SVG, for light and dark screens; each method returns the text of a file.</summary>
public static class SvgCharts
{
    private const double Side = 380;

    /// <summary>A confusion matrix: true classes down, predicted ones across.</summary>
    /// <param name="matrix">The counts.</param>
    /// <param name="normalized">Shares of each true class instead of counts; the colours are by shares in either case.</param>
    public static string Confusion(ConfusionCounts matrix, bool normalized = false)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        return SvgMatrix.Draw(matrix, normalized);
    }

    /// <summary>Precision over recall as the threshold falls: the mean over the classes, and the classes with the most truth.</summary>
    /// <param name="curves">The figures.</param>
    /// <param name="maximumClasses">How many classes get a line of their own, at least 0.</param>
    public static string PrecisionRecall(ThresholdCurves curves, int maximumClasses = 8)
    {
        ArgumentNullException.ThrowIfNull(curves);
        return Lines("Precision over recall", "recall", "precision", curves, maximumClasses, curve => curve.Recall.Zip(curve.Precision), isMarked: false);
    }

    /// <summary>F1 over the threshold, with the threshold to recommend: the mean over the classes, and the classes with the most truth.</summary>
    /// <param name="curves">The figures.</param>
    /// <param name="maximumClasses">How many classes get a line of their own, at least 0.</param>
    public static string F1(ThresholdCurves curves, int maximumClasses = 8)
    {
        ArgumentNullException.ThrowIfNull(curves);
        return Lines("F1 over the threshold", "score threshold", "F1", curves, maximumClasses, curve => curve.F1.Select((f1, i) => (i / (curve.F1.Count - 1.0), f1)), isMarked: true);
    }

    /// <summary>The part told right in each tenth of the highest probability: on the diagonal, probabilities can be believed. Below it there are the pictures of each tenth.</summary>
    public static string Calibration(ClassificationMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        const double Below = 90;
        var canvas = new SvgCanvas("Calibration", 70 + Side + 30, 60 + Side + 60 + Below + 40);
        var plot = new SvgPlot(
            canvas, (70, 60, Side, Side), (0, 1), (0, 1), string.Create(CultureInfo.InvariantCulture, $"Calibration, ECE {MetricsNumber(metrics.ExpectedCalibrationError)}"), "confidence", "accuracy");
        foreach (CalibrationBin bin in metrics.Calibration.Where(bin => bin.Count > 0))
        {
            double x = plot.X(bin.From) + 1;
            string hint = string.Create(CultureInfo.InvariantCulture, $"{bin.Count} pictures, mean confidence {bin.Confidence:0.000}, accuracy {bin.Accuracy:0.000}");
            canvas.Rectangle(x, plot.Y(bin.Accuracy), plot.X(bin.To) - x - 1, plot.Y(0) - plot.Y(bin.Accuracy), SvgCanvas.LineColour(0), hint: hint);
            plot.Mark(bin.Confidence, bin.Accuracy, SvgCanvas.LineColour(1), hint);
        }

        plot.Draw([new SvgSeries("as confident as right", [(0, 0), (1, 1)], null, 1.2, Dashed: true)]);
        long most = Math.Max(1, metrics.Calibration.Max(bin => bin.Count));
        var counts = new SvgPlot(canvas, (70, 60 + Side + 75, Side, Below), (0, 1), (0, most), "Pictures of each confidence");
        foreach (CalibrationBin bin in metrics.Calibration)
        {
            double x = counts.X(bin.From) + 1;
            canvas.Rectangle(x, counts.Y(bin.Count), counts.X(bin.To) - x - 1, counts.Y(0) - counts.Y(bin.Count), SvgCanvas.LineColour(0));
        }

        return canvas.ToFile();
    }

    private static string Lines(
        string title, string xName, string yName, ThresholdCurves curves, int maximumClasses, Func<ThresholdCurve, IEnumerable<(double X, double Y)>> points, bool isMarked)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maximumClasses);
        var canvas = new SvgCanvas(title, 70 + Side + 260, 60 + Side + 60);
        var plot = new SvgPlot(canvas, (70, 60, Side, Side), (0, 1), (0, 1), title, xName, yName);
        SvgSeries[] classes = [.. curves.PerClass.Index().Where(item => item.Item.TruthCount > 0).OrderByDescending(item => item.Item.TruthCount).Take(maximumClasses).OrderBy(item => item.Index)
            .Select((item, i) => new SvgSeries(Legend(item.Item, isMarked), [.. points(item.Item)], SvgCanvas.LineColour(i), 1.3))];
        plot.Draw([.. classes, new SvgSeries(Legend(curves.Mean, isMarked), [.. points(curves.Mean)], null, 3)]);
        if (isMarked && double.IsFinite(curves.RecommendedThreshold))
        {
            plot.MarkX(curves.RecommendedThreshold, string.Create(CultureInfo.InvariantCulture, $"{curves.RecommendedThreshold:0.00}: F1 {curves.Mean.BestF1:0.000}"));
        }

        return canvas.ToFile();
    }

    private static string Legend(ThresholdCurve curve, bool isMarked) =>
        isMarked ? string.Create(CultureInfo.InvariantCulture, $"{SvgMatrix.Short(curve.Name)}: {MetricsNumber(curve.BestF1)} at {curve.BestThreshold:0.00}") : SvgMatrix.Short(curve.Name);

    private static string MetricsNumber(double value) => double.IsNaN(value) ? "-" : value.ToString("0.000", CultureInfo.InvariantCulture);
}
