using MLNetVision.Imaging.Metrics.Classification;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Rendering;
using SkiaSharp;

namespace MLNetVision.Imaging.Reports;

/// <summary>
/// Writes the metrics of a classification, and pictures with what was said of them, into one static HTML file that needs nothing else. Each
/// part is written as it comes; none is kept.
/// </summary>
public sealed class ClassificationReport : IDisposable
{
    private const int OpenClasses = 40;
    private readonly ReportFile _file;
    private readonly int _longestSide;
    private bool _inPictures;
    private bool _disposed;

    /// <summary>Begins a report.</summary>
    /// <param name="path">The file; an existing one is replaced, and its folder is made if need be.</param>
    /// <param name="title">The heading.</param>
    /// <param name="longestSide">Larger pictures are shown smaller, with a longer side of this many pixels, at least 16.</param>
    /// <exception cref="ArgumentOutOfRangeException">The longest side is below 16.</exception>
    public ClassificationReport(string path, string title, int longestSide = 160)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longestSide, 16);
        _longestSide = longestSide;
        _file = new ReportFile(path, title, opacity: 1);
    }

    /// <summary>Adds a paragraph.</summary>
    /// <param name="text">Its text.</param>
    /// <exception cref="ObjectDisposedException">The report is finished.</exception>
    public void AddText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        LeavePictures();
        _file.WriteLine($"<p>{ReportFile.Encode(text)}</p>");
    }

    /// <summary>Adds the figures, both confusion matrices, a table of the classes that occur, precision, recall and F1 over the threshold, and the calibration.</summary>
    /// <param name="metrics">The figures.</param>
    /// <exception cref="ObjectDisposedException">The report is finished.</exception>
    public void AddMetrics(ClassificationMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        LeavePictures();
        _file.WriteTable(MetricsTables.Summary(metrics));
        ReportTable classes = MetricsTables.Classes(metrics);
        _file.WriteDetails($"The {(classes.Rows.Count == 1 ? "class" : $"{classes.Rows.Count} classes")} that occur", classes, isOpen: classes.Rows.Count <= OpenClasses);
        _file.WriteDrawings(SvgCharts.Confusion(metrics.ConfusionMatrix), SvgCharts.Confusion(metrics.ConfusionMatrix, normalized: true));
        _file.WriteDrawings(SvgCharts.F1(metrics.Thresholds), SvgCharts.PrecisionRecall(metrics.Thresholds));
        _file.WriteLine($"<p>Where a class is asked for by itself, a threshold of {metrics.Thresholds.RecommendedThreshold:0.00} on its probability gives the highest mean F1.</p>");
        _file.WriteDrawings(SvgCharts.Calibration(metrics));
    }

    /// <summary>Adds a drawing.</summary>
    /// <param name="svg">The text of an SVG file, such as <see cref="SvgCharts"/> makes.</param>
    /// <exception cref="ObjectDisposedException">The report is finished.</exception>
    public void AddDrawing(string svg)
    {
        ArgumentNullException.ThrowIfNull(svg);
        LeavePictures();
        _file.WriteDrawings(svg);
    }

    /// <summary>Adds a small picture with what was said of it.</summary>
    /// <param name="name">What the picture is called, such as its file's name.</param>
    /// <param name="image">The picture; null where it cannot be shown.</param>
    /// <param name="truth">Its class.</param>
    /// <param name="truthProbability">The probability of its class.</param>
    /// <param name="predicted">The most probable class.</param>
    /// <param name="confidence">Its probability.</param>
    /// <exception cref="ObjectDisposedException">The report is finished.</exception>
    public void AddPicture(string name, RgbImage? image, string truth, double truthProbability, string predicted, double confidence)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predicted);
        if (!_inPictures)
        {
            _file.Raw("<div class=\"row thumbs\">");
            _inPictures = true;
        }

        _file.Raw("<figure>");
        if (image is not null)
        {
            WritePicture(name, image);
        }

        string verdict = truth == predicted
            ? FormattableString.Invariant($"{truth}, told right with {confidence:0.000}")
            : FormattableString.Invariant($"said {predicted} ({confidence:0.000}), is {truth} ({truthProbability:0.000})");
        _file.WriteLine($"<figcaption>{ReportFile.Encode(verdict)}<br>{ReportFile.Encode(name)}</figcaption></figure>");
    }

    /// <summary>Finishes the file.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            LeavePictures();
            _disposed = true;
            _file.Dispose();
        }
    }

    private void LeavePictures()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_inPictures)
        {
            _inPictures = false;
            _file.Raw("</div>\n");
        }
    }

    private void WritePicture(string name, RgbImage image)
    {
        double scale = Math.Min(1, (double)_longestSide / Math.Max(image.Width, image.Height));
        using SKBitmap whole = SkiaImages.ToBitmap(image);
        using SKBitmap? small = scale == 1 ? null : whole.Resize(whole.Info.WithSize(Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale))), SKFilterQuality.High);
        using SKData data = (small ?? whole).Encode(SKEncodedImageFormat.Jpeg, 85);
        _file.Raw(ReportPage.Image("jpeg", data.AsSpan(), $"alt=\"{ReportFile.Encode(name)}\""));
    }
}
