using System.Globalization;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Metrics.Classification;
using MLNetVision.Imaging.Metrics.Thresholds;
using MLNetVision.Imaging.Rendering;
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

    /// <summary>COCO's precision over recall at one overlap: the mean over the classes, and the classes with the most truths, in the colours that they have in pictures.</summary>
    /// <param name="metrics">The figures.</param>
    /// <param name="iouThreshold">One of 0.50, 0.55, …, 0.95.</param>
    /// <param name="maximumClasses">How many classes get a line of their own, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another threshold, or a negative number of classes.</exception>
    public static string PrecisionRecall(InstanceMetrics metrics, double iouThreshold = 0.5, int maximumClasses = 8)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentOutOfRangeException.ThrowIfNegative(maximumClasses);
        string title = string.Create(CultureInfo.InvariantCulture, $"Precision over recall at IoU {iouThreshold:0.00}");
        SvgPlot plot = Square(title, "recall", "precision", out SvgCanvas canvas);
        (int Class, IReadOnlyList<double> Precision)[] curves = [.. metrics.PerClass.Index().Where(item => item.Item.TruthCount > 0)
            .OrderByDescending(item => item.Item.TruthCount).Select(item => (item.Index, item.Item.PrecisionCurve(iouThreshold)))];
        SvgSeries[] classes = [.. curves.Take(maximumClasses).OrderBy(curve => curve.Class).Select(curve =>
            new SvgSeries(AtPrecision(SvgMatrix.Short(metrics.PerClass[curve.Class].Name), curve.Precision), Points(curve.Precision), SegmentColours.ToHtml(SegmentColours.Of(curve.Class)), 1.5))];
        double[] mean = curves.Length == 0 ? [] : [.. Enumerable.Range(0, curves[0].Precision.Count).Select(i => curves.Average(curve => curve.Precision[i]))];
        plot.Draw([.. classes, new SvgSeries(mean.Length == 0 ? "no truth" : AtPrecision($"mean of {curves.Length} classes", mean), Points(mean), null, 3)]);
        return canvas.ToFile();

        static (double X, double Y)[] Points(IReadOnlyList<double> precision) => [.. precision.Select((value, i) => (i / (precision.Count - 1.0), value))];

        static string AtPrecision(string name, IReadOnlyList<double> precision) => $"{name}: {MetricsNumber(precision.Average())}";
    }

    /// <summary>The panoptic quality of each class that occurs as a bar, best first, things blue and stuff green, with its segmentation quality in grey behind it.</summary>
    public static string PanopticQuality(PanopticMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        const double Row = 20;
        const double Names = 170;
        const double Length = 440;
        const double Top = 66;
        PanopticClassMetrics[] shown = [.. metrics.PerClass.Where(c => c.TruePositives + c.FalsePositives + c.FalseNegatives > 0).OrderByDescending(c => c.PanopticQuality)];
        var canvas = new SvgCanvas("Panoptic quality of each class", Names + Length + 80, Top + Row * Math.Max(1, shown.Length) + 30);
        canvas.Text("Panoptic quality of each class", 12, 22, 14, bold: true);
        canvas.Text("PQ, and SQ behind it in grey; things blue, stuff green", 12, 40, 12, tone: SvgCanvas.Faint);
        foreach (double tick in SvgPlot.Ticks(0, 1))
        {
            canvas.Rule(Names + Length * tick, Top - 6, Names + Length * tick, Top + Row * shown.Length);
            canvas.Text(tick.ToString("0.0", CultureInfo.InvariantCulture), Names + Length * tick, Top + Row * shown.Length + 16, 11, SvgAnchor.Middle, SvgCanvas.Faint);
        }

        for (int row = 0; row < shown.Length; row++)
        {
            PanopticClassMetrics c = shown[row];
            double y = Top + Row * row;
            string hint = string.Create(CultureInfo.InvariantCulture, $"{c.Name}: {c.TruePositives} found, {c.FalsePositives} false, {c.FalseNegatives} missed");
            canvas.Text(SvgMatrix.Short(c.Name), Names - 8, y + 12, 12, SvgAnchor.End);
            canvas.Rectangle(Names, y, Length * Math.Max(0, c.SegmentationQuality), Row - 4, "#b9bec5", hint: hint);
            canvas.Rectangle(Names, y, Length * c.PanopticQuality, Row - 4, SvgCanvas.LineColour(c.IsThing == false ? 2 : 0), hint: hint);
            canvas.Text(MetricsNumber(c.PanopticQuality), Names + Length + 8, y + 12);
        }

        return canvas.ToFile();
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
        SvgPlot plot = Square(title, xName, yName, out SvgCanvas canvas);
        SvgSeries[] classes = [.. curves.PerClass.Index().Where(item => item.Item.TruthCount > 0).OrderByDescending(item => item.Item.TruthCount).Take(maximumClasses).OrderBy(item => item.Index)
            .Select((item, i) => new SvgSeries(Legend(item.Item, isMarked), [.. points(item.Item)], SvgCanvas.LineColour(i), 1.3))];
        int others = curves.PerClass.Count(curve => curve.TruthCount > 0) - classes.Length;
        plot.Draw(
            [.. classes, new SvgSeries(Legend(curves.Mean, isMarked), [.. points(curves.Mean)], null, 3)],
            others == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"and {others} more in the mean alone"));
        if (isMarked && double.IsFinite(curves.RecommendedThreshold))
        {
            plot.MarkX(curves.RecommendedThreshold, string.Create(CultureInfo.InvariantCulture, $"{curves.RecommendedThreshold:0.00}: F1 {curves.Mean.BestF1:0.000}"));
        }

        return canvas.ToFile();
    }

    private static SvgPlot Square(string title, string xName, string yName, out SvgCanvas canvas)
    {
        canvas = new SvgCanvas(title, 70 + Side + 260, 60 + Side + 60);
        return new SvgPlot(canvas, (70, 60, Side, Side), (0, 1), (0, 1), title, xName, yName);
    }

    private static string Legend(ThresholdCurve curve, bool isMarked) =>
        isMarked ? string.Create(CultureInfo.InvariantCulture, $"{SvgMatrix.Short(curve.Name)}: {MetricsNumber(curve.BestF1)} at {curve.BestThreshold:0.00}") : SvgMatrix.Short(curve.Name);

    private static string MetricsNumber(double value) => double.IsNaN(value) ? "-" : value.ToString("0.000", CultureInfo.InvariantCulture);
}
