using System.Globalization;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Reports.Svg;
using MLNetVision.Models.Training.History;

namespace MLNetVision.Models.Training.Records;

/// <summary>The history of a training as a table and as curves.</summary>
internal static class TrainingCurves
{
    private const double PanelWidth = 330;
    private const double PanelHeight = 230;
    private const double PanelStep = 430;

    /// <summary>Comma-separated, a row a point, in columns called as in Ultralytics' results.csv.</summary>
    public static string ToCsv(TrainingRecord record) => CsvText.Write(
        ["epoch", "step", "time", "train/loss", "train/accuracy", $"metrics/{ColumnOf(record.Metric)}", "val/loss", "lr/pg0"],
        record.History.Select(point => (IReadOnlyList<object?>)[point.Epoch, point.Step, point.Seconds, point.Loss, point.Accuracy, point.Score, point.ValidationLoss, point.LearningRate]));

    /// <summary>Loss, metric and learning rate side by side.</summary>
    public static string ToSvg(TrainingRecord record)
    {
        string title = $"Training of {record.Model}";
        bool hasLegends = record.History.Any(point => point.ValidationLoss is not null || point.Accuracy is not null);
        double step = PanelStep + (hasLegends ? 100 : 0);
        var canvas = new SvgCanvas(title, step * (record.Metric is null && !HasAccuracy(record) ? 2 : 3) - (hasLegends ? 90 : 20), PanelHeight + 110);
        (double, double) x = SvgPlot.Range(record.History.Select(point => point.Epoch).Prepend(0));
        double left = 70;

        SvgPlot loss = Panel("Loss", point => point.Loss, point => point.ValidationLoss);
        loss.Draw(Series(record, ("training", point => point.Loss), ("validation", point => point.ValidationLoss)));
        MarkBest(loss, point => point.ValidationLoss ?? point.Loss);
        if (record.Metric is not null || HasAccuracy(record))
        {
            SvgPlot score = Panel(Heading(record.Metric ?? "accuracy"), point => point.Accuracy, point => point.Score);
            score.Draw(Series(record, ("training", point => point.Accuracy), ("validation", point => point.Score)));
            MarkBest(score, point => point.Score ?? point.Accuracy);
        }

        Panel("Learning rate", point => point.LearningRate, _ => 0).Draw(Series(record, ("learning rate", point => point.LearningRate)));
        return canvas.ToFile();

        SvgPlot Panel(string name, Func<TrainingPoint, double?> first, Func<TrainingPoint, double?> second)
        {
            var plot = new SvgPlot(
                canvas, (left, 50, PanelWidth, PanelHeight), x, SvgPlot.Range(record.History.SelectMany(point => new[] { first(point), second(point) }).OfType<double>()), name, "epoch");
            left += step;
            return plot;
        }

        void MarkBest(SvgPlot plot, Func<TrainingPoint, double?> value)
        {
            if (record.Best is { } best && value(best) is { } y)
            {
                plot.Mark(best.Epoch, y, null, string.Create(CultureInfo.InvariantCulture, $"kept: epoch {best.Epoch:0.##}, {y:0.####}"));
            }
        }
    }

    private static bool HasAccuracy(TrainingRecord record) => record.History.Any(point => point.Accuracy is not null);

    private static SvgSeries[] Series(TrainingRecord record, params ReadOnlySpan<(string Name, Func<TrainingPoint, double?> Value)> lines)
    {
        var series = new List<SvgSeries>();
        foreach ((string name, Func<TrainingPoint, double?> value) in lines)
        {
            (double X, double Y)[] points = [.. record.History.Where(point => value(point) is not null).Select(point => (point.Epoch, value(point)!.Value))];
            if (points.Length > 0)
            {
                series.Add(new SvgSeries(name, points, SvgCanvas.LineColour(name == "validation" ? 1 : 0)));
            }
        }

        return [.. series];
    }

    private static string Heading(string metric) => metric == "accuracy" ? "Accuracy" : metric;

    private static string ColumnOf(string? metric) => metric switch
    {
        "accuracy" or null => "accuracy_top1",
        "AP" => "mAP50-95(M)",
        _ => metric,
    };
}
