using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Rendering;
using SkiaSharp;

namespace MLNetVision.Imaging.Reports;

/// <summary>Metrics as pictures: each method returns the bytes of a PNG file.</summary>
public static class MetricsCharts
{
    private const int Margin = 60;

    /// <summary>Precision over recall at one overlap: the mean over the classes, and the classes with the most truths.</summary>
    /// <param name="metrics">The figures.</param>
    /// <param name="iouThreshold">One of 0.50, 0.55, …, 0.95.</param>
    /// <param name="maximumClasses">How many classes get a line of their own; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another threshold, or a negative number of classes.</exception>
    public static byte[] PrecisionRecall(InstanceMetrics metrics, double iouThreshold = 0.5, int maximumClasses = 8)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentOutOfRangeException.ThrowIfNegative(maximumClasses);
        const int Side = 480;
        using var canvas = new ChartCanvas(Margin + Side + 260, Side + 2 * Margin);
        canvas.Text(FormattableString.Invariant($"Precision and recall at IoU {iouThreshold:0.00}"), Margin, Margin / 2f, 17);
        for (int i = 0; i <= 10; i++)
        {
            float x = Margin + Side * i / 10f;
            float y = Margin + Side * i / 10f;
            canvas.Line(x, Margin, x, Margin + Side, ChartCanvas.Grid);
            canvas.Line(Margin, y, Margin + Side, y, ChartCanvas.Grid);
            canvas.Text(FormattableString.Invariant($"{i / 10.0:0.0}"), x, Margin + Side + 14, 12, ChartCanvas.Anchor.Centre);
            canvas.Text(FormattableString.Invariant($"{1 - i / 10.0:0.0}"), Margin - 8, y, 12, ChartCanvas.Anchor.Right);
        }

        canvas.Text("recall", Margin + Side / 2f, Margin + Side + 36, 14, ChartCanvas.Anchor.Centre);
        canvas.TextUpwards("precision", 16, Margin + Side / 2f, 14, ChartCanvas.Anchor.Centre);
        InstanceClassMetrics[] defined = [.. metrics.PerClass.Where(c => c.TruthCount > 0)];
        (int Class, InstanceClassMetrics Metrics)[] shown = [.. metrics.PerClass.Index().Where(c => c.Item.TruthCount > 0).OrderByDescending(c => c.Item.TruthCount).Take(maximumClasses)];
        int line = 0;
        for (; line < shown.Length; line++)
        {
            // A class has the colour that it has in pictures.
            Draw(shown[line].Metrics.Name, shown[line].Metrics.PrecisionCurve(iouThreshold), SegmentColours.Of(shown[line].Class), 1.5f);
        }

        if (defined.Length > 0)
        {
            IReadOnlyList<double>[] curves = [.. defined.Select(c => c.PrecisionCurve(iouThreshold))];
            Draw($"mean of {defined.Length} classes", [.. Enumerable.Range(0, curves[0].Count).Select(i => curves.Average(curve => curve[i]))], ChartCanvas.Ink, 3);
        }

        return canvas.ToPng();

        void Draw(string name, IReadOnlyList<double> precision, SKColor colour, float width)
        {
            canvas.Path(precision.Select((p, i) => new SKPoint(Margin + Side * i / (precision.Count - 1f), Margin + Side * (float)(1 - p))), colour, width);
            float y = Margin + 10 + 20 * line;
            canvas.Line(Margin + Side + 14, y, Margin + Side + 38, y, colour, width);
            canvas.Text(FormattableString.Invariant($"{ChartCanvas.Short(name)}  {precision.Average():0.000}"), Margin + Side + 44, y, 12);
        }
    }

    /// <summary>The confusion matrix as shares of each true class: rows are true classes, columns predicted ones, the last column pixels without a class.</summary>
    public static byte[] ConfusionHeatMap(ConfusionCounts matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        int classes = matrix.ClassNames.Count;
        int cell = Math.Clamp(720 / (classes + 1), 4, 56);
        bool named = cell >= 12;
        int left = named ? 190 : Margin;
        int top = named ? 200 : Margin;
        using var canvas = new ChartCanvas(left + cell * (classes + 1) + Margin, top + cell * classes + Margin);
        canvas.Text("Confusion: true class down, predicted class across", 12, 20, 17);
        for (int t = 0; t < classes; t++)
        {
            double total = matrix.TruthCount(t);
            for (int p = 0; p <= classes; p++)
            {
                long count = p == classes ? matrix.Unassigned[t] : matrix.Counts[t][p];
                double share = total == 0 ? 0 : count / total;
                canvas.Rectangle(left + p * cell, top + t * cell, cell - 1, cell - 1, Heat(share, total == 0));
                if (cell >= 34 && total > 0)
                {
                    canvas.Text(FormattableString.Invariant($"{share * 100:0}"), left + (p + 0.5f) * cell, top + (t + 0.5f) * cell, 12, ChartCanvas.Anchor.Centre, share > 0.5 ? SKColors.White : ChartCanvas.Ink);
                }
            }

            if (named)
            {
                canvas.Text(ChartCanvas.Short(matrix.ClassNames[t]), left - 6, top + (t + 0.5f) * cell, MathF.Min(13, cell), ChartCanvas.Anchor.Right);
            }
        }

        for (int p = 0; named && p <= classes; p++)
        {
            canvas.TextUpwards(ChartCanvas.Short(p == classes ? "(none)" : matrix.ClassNames[p]), left + (p + 0.5f) * cell, top - 6, MathF.Min(13, cell), ChartCanvas.Anchor.Left);
        }

        return canvas.ToPng();
    }

    /// <summary>The panoptic quality of each class that occurs as a bar, best first, things blue and stuff green, with its segmentation quality in grey behind it.</summary>
    public static byte[] PanopticQuality(PanopticMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        const int RowHeight = 20;
        const int Names = 190;
        const int Length = 480;
        PanopticClassMetrics[] shown = [.. metrics.PerClass.Where(c => c.TruePositives + c.FalsePositives + c.FalseNegatives > 0).OrderByDescending(c => c.PanopticQuality)];
        using var canvas = new ChartCanvas(Names + Length + 90, 90 + RowHeight * Math.Max(1, shown.Length));
        canvas.Text("Panoptic quality of each class", 12, 20, 17);
        canvas.Text("PQ, and SQ behind it in grey", 12, 42, 12);
        for (int i = 0; i <= 5; i++)
        {
            float x = Names + Length * i / 5f;
            canvas.Line(x, 62, x, 66 + RowHeight * shown.Length, ChartCanvas.Grid);
            canvas.Text(FormattableString.Invariant($"{i / 5.0:0.0}"), x, 76 + RowHeight * shown.Length, 12, ChartCanvas.Anchor.Centre);
        }

        for (int row = 0; row < shown.Length; row++)
        {
            PanopticClassMetrics c = shown[row];
            float y = 66 + RowHeight * row;
            canvas.Text(ChartCanvas.Short(c.Name), Names - 8, y + RowHeight / 2f - 1, 12, ChartCanvas.Anchor.Right);
            canvas.Rectangle(Names, y, (float)(Length * c.SegmentationQuality), RowHeight - 4, new SKColor(0xe4, 0xe7, 0xea));
            canvas.Rectangle(Names, y, (float)(Length * c.PanopticQuality), RowHeight - 4, c.IsThing == false ? new SKColor(0x5a, 0x9e, 0x6f) : new SKColor(0x3f, 0x7c, 0xb5));
            canvas.Text(FormattableString.Invariant($"{c.PanopticQuality:0.000}"), Names + Length + 8, y + RowHeight / 2f - 1, 12);
        }

        return canvas.ToPng();
    }

    /// <summary>From white over blue to nearly black; grey where nothing was counted.</summary>
    private static SKColor Heat(double share, bool undefined) =>
        undefined ? new SKColor(0xf2, 0xf2, 0xf2) : SKColor.FromHsl(212, 70, (float)(96 - 72 * Math.Sqrt(share)));
}
