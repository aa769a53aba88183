using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Images;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Reports;
using MLNetVision.Imaging.Segments;
using MLNetVision.Segmentation;
using MLNetVision.Segmentation.Evaluation;
using SkiaSharp;

namespace MLNetVision.Reports;

/// <summary>Evaluates a view in one pass and writes the report; only the worst images so far are kept.</summary>
internal static class ReportWriter
{
    private sealed record Shown(EvaluationRow Row, double Figure, ImageSource? Picture);

    public static string Write(IDataView data, SegmentationTask task, SegmentationReportOptions options, Action checkAlive)
    {
        ArgumentNullException.ThrowIfNull(data);
        options.Validate();
        var view = new EvaluationView(data, options.Evaluation, task == SegmentationTask.Instance ? EvaluationNeeds.ScoredMasks : EvaluationNeeds.Segments);
        ReportTask report = ReportTask.Create(task, view.Classes, options.Evaluation.BoundaryRatio);
        ImageColumn? images = data.Schema.GetColumnOrNull(options.ImageColumnName) is null ? null : ImageColumn.Find(data.Schema, options.ImageColumnName);

        // The best of the worst is the first to go.
        var worst = new PriorityQueue<Shown, double>();
        view.ForEach(
            images is null ? [] : [images.Column],
            cursor =>
            {
                Func<ImageSource?>? readPicture = images?.CreateReader(cursor);
                return row =>
                {
                    report.Add(row);
                    double figure = report.FigureOf(row);
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
            checkAlive);
        if (report.ImageCount == 0)
        {
            throw new InvalidOperationException("The data to evaluate have no row.");
        }

        var page = new HtmlPage(options.Title);
        page.Paragraph($"{task} segmentation, {report.ImageCount} images, {view.Classes.Names.Count} classes");
        report.WriteSummary(page);
        WriteWorst(page, report.FigureName, [.. worst.UnorderedItems.Select(item => item.Element).OrderBy(shown => shown.Figure).ThenBy(shown => shown.Row.ImageId)], view.Classes.Names, task, options);
        page.Heading("Classes that occur");
        report.WriteClasses(page);
        return page.ToString();
    }

    private static void WriteWorst(HtmlPage page, string figureName, Shown[] worst, IReadOnlyList<string> names, SegmentationTask task, SegmentationReportOptions options)
    {
        if (worst.Length == 0)
        {
            return;
        }

        page.Heading($"The {worst.Length} worst images, worst first");

        // Colours are given out among the classes that are shown, so that few of them look alike.
        Dictionary<int, SKColor> colours = worst.SelectMany(shown => shown.Row.Truth.Concat(shown.Row.Prediction)).Select(segment => segment.Class).Distinct().Order()
            .Select((c, index) => (Class: c, Colour: SegmentColours.Of(index))).ToDictionary(pair => pair.Class, pair => pair.Colour);
        page.Legend(colours.Select(pair => (names[pair.Key], SegmentColours.ToHtml(pair.Value))));
        foreach (Shown shown in worst)
        {
            (RgbImage? picture, string note) = Decode(shown.Picture);
            RunLengthMask? any = shown.Row.Truth.Concat(shown.Row.Prediction).Select(segment => segment.Mask).FirstOrDefault();
            (int height, int width) = any is null ? (picture?.Height ?? 1, picture?.Width ?? 1) : (any.Height, any.Width);
            if (height == 0 || width == 0)
            {
                continue;
            }

            IEnumerable<Segment> drawn = shown.Row.Prediction.Where(segment => task != SegmentationTask.Instance || segment.Score >= options.ScoreThreshold).OrderBy(segment => segment.Score);
            page.Pair(
                SegmentPainter.Paint(picture, height, width, shown.Row.Truth, colours, options.LongestSide),
                $"Image {shown.Row.ImageId}{note}: truth, {Count(shown.Row.Truth)}",
                SegmentPainter.Paint(picture, height, width, drawn, colours, options.LongestSide),
                $"prediction, {Count(shown.Row.Prediction)}, {figureName} {shown.Figure:0.000}");
        }
    }

    private static (RgbImage? Picture, string Note) Decode(ImageSource? picture)
    {
        try
        {
            return (picture?.Load(), picture?.Path is { } path ? $" ({Path.GetFileName(path)})" : string.Empty);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return (null, $" (no picture: {e.Message})");
        }
    }

    private static string Count(IReadOnlyList<Segment> segments) => segments.Count == 1 ? "1 segment" : $"{segments.Count} segments";
}
