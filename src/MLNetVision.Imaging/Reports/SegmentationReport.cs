using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;
using SkiaSharp;

namespace MLNetVision.Imaging.Reports;

/// <summary>
/// Writes metrics, and pictures with their segments, into one static HTML file that needs nothing else: classes can be
/// switched on and off in all pictures, and the opacity changed. Each part is written as it comes; none is kept.
/// </summary>
public sealed class SegmentationReport : IDisposable
{
    /// <summary>What lies over crowd regions, which no class's switch should hide.</summary>
    private const string CrowdLayer = "(crowd)";

    private static readonly SKColor CrowdColour = new(0x80, 0x80, 0x80);

    private readonly ReportFile _file;
    private readonly SegmentationOverlayOptions _options;
    private readonly int _longestSide;
    private bool _disposed;

    /// <summary>Begins a report.</summary>
    /// <param name="path">The file; an existing one is replaced, and its folder is made if need be.</param>
    /// <param name="title">The heading.</param>
    /// <param name="options">Names, colours, outlines and the first opacity.</param>
    /// <param name="longestSide">Larger pictures are shown smaller, with a longer side of this many pixels; null, the default, to show all as they are.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or the longest side below 1.</exception>
    public SegmentationReport(string path, string title, SegmentationOverlayOptions? options = null, int? longestSide = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longestSide ?? 1, 1, nameof(longestSide));
        _options = options ?? new SegmentationOverlayOptions();
        _options.Validate();
        _longestSide = longestSide ?? int.MaxValue;
        _file = new ReportFile(path, title, _options.Opacity);
    }

    /// <summary>Adds a paragraph.</summary>
    /// <param name="text">Its text.</param>
    /// <exception cref="ObjectDisposedException">The report is finished.</exception>
    public void AddText(string text)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(text);
        _file.WriteLine($"<p>{Encode(text)}</p>");
    }

    /// <summary>Adds the figures of semantic segmentation, the confusion matrix, and a table of the classes that occur.</summary>
    /// <param name="metrics">The figures.</param>
    /// <exception cref="ObjectDisposedException">The report is finished.</exception>
    public void AddMetrics(SemanticMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        AddMetrics(MetricsTables.Summary(metrics), MetricsCharts.ConfusionHeatMap(metrics.ConfusionMatrix), "confusion matrix", MetricsTables.Classes(metrics));
    }

    /// <summary>Adds the figures of instance segmentation or of boxes, precision over recall, and a table of the classes that occur.</summary>
    /// <param name="metrics">The figures.</param>
    /// <exception cref="ObjectDisposedException">The report is finished.</exception>
    public void AddMetrics(InstanceMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        AddMetrics(MetricsTables.Summary(metrics), MetricsCharts.PrecisionRecall(metrics), "precision and recall", MetricsTables.Classes(metrics));
    }

    /// <summary>Adds the figures of panoptic segmentation, the quality of each class, and a table of the classes that occur.</summary>
    /// <param name="metrics">The figures.</param>
    /// <exception cref="ObjectDisposedException">The report is finished.</exception>
    public void AddMetrics(PanopticMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        AddMetrics(MetricsTables.Summary(metrics), MetricsCharts.PanopticQuality(metrics), "panoptic quality of each class", MetricsTables.Classes(metrics));
    }

    /// <summary>Adds a drawing.</summary>
    /// <param name="svg">The text of an SVG file, such as <see cref="SvgCharts"/> makes.</param>
    /// <exception cref="ObjectDisposedException">The report is finished.</exception>
    public void AddDrawing(string svg)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(svg);
        _file.WriteDrawings(svg);
    }

    /// <summary>Adds a picture with what was found in it, and a table of the segments.</summary>
    /// <param name="name">What the picture is called, such as its file's name.</param>
    /// <param name="image">The picture.</param>
    /// <param name="result">Its segments, of the picture's size.</param>
    /// <exception cref="ArgumentException">The segments are of another size than the picture.</exception>
    /// <exception cref="ObjectDisposedException">The report is finished.</exception>
    public void Add(string name, RgbImage image, SegmentationResult result)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(name);
        SegmentationOverlay.CheckSize(image, result);
        _file.Write($"<section><h2>{Encode(name)}</h2><div class=\"row\">");

        // The first of overlapping segments is the surest and lies on top.
        WriteStack(name, image, image.Height, image.Width, result.Segments.Reverse()
            .Select(segment => new Painted(_options.NameOf(segment), SegmentationOverlay.ColourOf(segment, _options), segment.Mask)));
        WriteTable(result);
        _file.Raw("</div></section>\n");
    }

    /// <summary>Adds a picture twice: with its true segments, and with the predicted ones.</summary>
    /// <param name="name">What the picture is called, such as its file's name.</param>
    /// <param name="image">The picture; one of another size than the masks is resized to theirs. Null: segments are shown on grey.</param>
    /// <param name="truth">The true segments, with masks; the last of overlapping ones lies on top, and crowd regions are grey.</param>
    /// <param name="prediction">The predicted segments, likewise.</param>
    /// <param name="figure">What is said of the prediction, such as its figure.</param>
    /// <exception cref="ArgumentException">A segment has no mask, or the masks are of different sizes.</exception>
    /// <exception cref="ObjectDisposedException">The report is finished.</exception>
    public void AddComparison(string name, RgbImage? image, IReadOnlyList<Segment> truth, IReadOnlyList<Segment> prediction, string figure = "")
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(figure);
        (int Height, int Width)[] sizes = [.. truth.Concat(prediction).Select(segment => segment.Mask is { } mask
            ? (mask.Height, mask.Width)
            : throw new ArgumentException($"'{name}' has a segment without a mask, which cannot be drawn.")).Distinct()];
        if (sizes.Length > 1)
        {
            throw new ArgumentException($"'{name}' has masks of {sizes[0].Height} x {sizes[0].Width} and of {sizes[1].Height} x {sizes[1].Width} (height x width).");
        }

        (int height, int width) = sizes.Length == 1 ? sizes[0] : (image?.Height ?? 0, image?.Width ?? 0);
        _file.Write($"<section><h2>{Encode(name)}</h2>");
        if (height > 0 && width > 0)
        {
            _file.Raw("<div class=\"pair\">");
            WriteFigure($"{name}: truth", "truth, " + Count(truth), image, height, width, truth);
            WriteFigure($"{name}: prediction", $"prediction, {Count(prediction)}{(figure.Length > 0 ? ", " : string.Empty)}{figure}", image, height, width, prediction);
            _file.Raw("</div>");
        }

        _file.Raw("</section>\n");
    }

    /// <summary>Finishes the file.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _file.Dispose();
    }

    private void AddMetrics(ReportTable summary, byte[] chart, string chartName, ReportTable classes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _file.WriteTable(summary);
        _file.WriteLine($"<p>{ReportPage.Image("png", chart, $"alt=\"{Encode(chartName)}\"")}</p>");
        _file.WriteDetails($"The {classes.Rows.Count} classes that occur", classes);
    }

    private void WriteTable(SegmentationResult result)
    {
        if (result.Segments.Count == 0)
        {
            _file.Raw("<p>Nothing was found.</p>");
            return;
        }

        _file.Raw("<table><tr><th>class</th><th>id</th><th>score</th><th>pixels</th><th>box x y w h</th></tr>");
        foreach (PredictedSegment segment in result.Segments)
        {
            string label = Encode(_options.NameOf(segment));
            _file.Write($"<tr data-class=\"{label}\"><td>{label}</td><td>{segment.Id}</td><td>{segment.Score:0.000}</td><td>{segment.Area}</td>");
            _file.Write($"<td>{segment.Box.X:0} {segment.Box.Y:0} {segment.Box.Width:0} {segment.Box.Height:0}</td></tr>");
        }

        _file.Raw("</table>");
    }

    private void WriteFigure(string name, string caption, RgbImage? image, int height, int width, IReadOnlyList<Segment> segments)
    {
        _file.Raw("<figure>");
        WriteStack(name, image, height, width, segments.Select(segment => segment.IsCrowd
            ? new Painted(CrowdLayer, CrowdColour, segment.Mask!)
            : new Painted(_options.NameOf(segment.Class), SegmentColours.Of(segment.Class), segment.Mask!)));
        _file.Write($"<figcaption>{Encode(caption)}</figcaption></figure>");
    }

    /// <summary>The picture, and over it a transparent one for each class, that of the first segment lowest.</summary>
    private void WriteStack(string name, RgbImage? image, int height, int width, IEnumerable<Painted> segments)
    {
        double scale = Math.Min(1, (double)_longestSide / Math.Max(height, width));
        (int Width, int Height) shown = (Math.Max(1, (int)(width * scale)), Math.Max(1, (int)(height * scale)));
        _file.Raw("<div class=\"stack\">");
        using (SKBitmap picture = image is null ? SkiaImages.Plain(width, height, new SKColor(0xd0, 0xd0, 0xd0)) : SkiaImages.ToBitmap(image))
        {
            WriteImage(picture, shown, SKEncodedImageFormat.Jpeg, $"alt=\"{Encode(name)}\"");
        }

        foreach (IGrouping<string, Painted> layer in segments.GroupBy(segment => segment.Layer))
        {
            using var drawn = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
            using (var canvas = new SKCanvas(drawn))
            {
                canvas.Clear(SKColors.Transparent);
                foreach (Painted segment in layer)
                {
                    SegmentationOverlay.DrawSegment(canvas, segment.Mask, segment.Colour, 0.8, _options.OutlineWidth);
                }
            }

            string label = Encode(layer.Key);
            WriteImage(drawn, shown, SKEncodedImageFormat.Png, $"class=\"layer\" data-class=\"{label}\" data-colour=\"{SegmentColours.ToHtml(layer.First().Colour)}\" alt=\"{label}\"");
        }

        _file.Raw("</div>");
    }

    private void WriteImage(SKBitmap bitmap, (int Width, int Height) shown, SKEncodedImageFormat format, string attributes)
    {
        using SKBitmap? resized = (bitmap.Width, bitmap.Height) == shown ? null : bitmap.Resize(bitmap.Info.WithSize(shown.Width, shown.Height), SKFilterQuality.High);
        using SKData data = (resized ?? bitmap).Encode(format, 90);
        _file.Raw(ReportPage.Image(format == SKEncodedImageFormat.Png ? "png" : "jpeg", data.AsSpan(), attributes));
    }

    private static string Count(IReadOnlyList<Segment> segments) => segments.Count == 1 ? "1 segment" : $"{segments.Count} segments";

    private static string Encode(string text) => ReportFile.Encode(text);

    /// <summary>A segment as it is drawn.</summary>
    private readonly record struct Painted(string Layer, SKColor Colour, RunLengthMask Mask);
}
