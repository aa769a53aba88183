using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Images;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Reports;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Segmentation.Evaluation;

namespace MLNetVision.Segmentation.Reports;

/// <summary>Evaluates a view in one pass and writes the report; only the worst images so far are kept.</summary>
internal static class ReportWriter
{
    private sealed record Shown(EvaluationRow Row, double Figure, ImageSource? Picture);

    public static void Write(IDataView data, SegmentationTask task, string path, SegmentationReportOptions options, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(data);
        options.Validate();
        var view = new EvaluationView(data, options.Evaluation, task == SegmentationTask.Instance ? EvaluationNeeds.ScoredMasks : EvaluationNeeds.Segments);
        ReportTask metrics = ReportTask.Create(task, view.Classes, options.Evaluation.BoundaryRatio);
        ImageColumn? images = data.Schema.GetColumnOrNull(options.ImageColumnName) is null ? null : ImageColumn.Find(data.Schema, options.ImageColumnName);

        // The best of the worst is the first to go.
        var worst = new PriorityQueue<Shown, double>();
        long imageCount = 0;
        view.ForEach(
            images is null ? [] : [images.Column],
            cursor =>
            {
                Func<ImageSource?>? readPicture = images?.CreateReader(cursor);
                return row =>
                {
                    imageCount++;
                    metrics.Add(row);
                    double figure = metrics.FigureOf(row);
                    if (options.WorstImages > 0 && !double.IsNaN(figure)
                        && (worst.Count < options.WorstImages || figure < worst.Peek().Figure))
                    {
                        worst.Enqueue(new Shown(row, figure, readPicture?.Invoke()), -figure);
                        if (worst.Count > options.WorstImages)
                        {
                            worst.Dequeue();
                        }
                    }
                };
            },
            () => HostAccess.CheckAlive(environment));
        view.Missed.Report(environment, NamedRows.CountAsMissed);
        view.CheckUsable();
        using var report = new SegmentationReport(path, options.Title, new SegmentationOverlayOptions { LabelNames = view.Classes.Names, Opacity = 0.7 }, options.LongestSide);
        report.AddText($"{task} segmentation, {imageCount} images, {view.Classes.Names.Count} classes");
        if (view.Missed.Count > 0)
        {
            report.AddText($"{view.Missed.Count} images have no usable prediction and count as missed: {view.Missed}");
        }

        metrics.AddMetrics(report);
        if (options.Training is { History.Count: > 0 } training)
        {
            report.AddDrawing(training.ToSvg());
        }

        Shown[] ordered = [.. worst.UnorderedItems.Select(item => item.Element).OrderBy(shown => shown.Figure).ThenBy(shown => shown.Row.ImageId)];
        if (ordered.Length > 0)
        {
            report.AddText($"The {ordered.Length} worst images, worst first:");
        }

        foreach (Shown shown in ordered)
        {
            (RgbImage? picture, string note) = Decode(shown);
            Segment[] drawn = [.. shown.Row.Prediction.Where(segment => task != SegmentationTask.Instance || segment.Score >= options.ScoreThreshold).OrderBy(segment => segment.Score)];
            int hidden = shown.Row.Prediction.Count - drawn.Length;
            report.AddComparison(
                $"Image {shown.Row.ImageId}{note}", picture, shown.Row.Truth, drawn,
                $"{(hidden > 0 ? FormattableString.Invariant($"{hidden} more below a score of {options.ScoreThreshold:0.00}, ") : string.Empty)}{metrics.FigureName} {MetricsText.Figure(shown.Figure)}");
        }
    }

    private static (RgbImage? Picture, string Note) Decode(Shown shown)
    {
        try
        {
            if (shown.Picture is not { } source)
            {
                return (null, string.Empty);
            }

            RgbImage picture = shown.Row.Truth.Concat(shown.Row.Prediction).FirstOrDefault()?.Mask is { } mask ? PictureOfSegments.Load(source, mask.Height, mask.Width) : source.Load();
            return (picture, source.Path is { } path ? $" ({Path.GetFileName(path)})" : string.Empty);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return (null, $" (no picture: {e.Message})");
        }
    }
}
