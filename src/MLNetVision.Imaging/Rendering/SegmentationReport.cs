using System.Net;
using System.Text;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;
using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>
/// Writes pictures with their segments into one static HTML file that needs nothing else: classes can be switched on and
/// off, the opacity changed, and each picture has a table of its segments. Each picture is written as it comes; none is kept.
/// </summary>
public sealed class SegmentationReport : IDisposable
{
    private readonly StreamWriter _file;
    private readonly SegmentationOverlayOptions _options;
    private bool _disposed;

    /// <summary>Begins a report.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="title">The heading.</param>
    /// <param name="options">Names, colours, outlines and the first opacity.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public SegmentationReport(string path, string title, SegmentationOverlayOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(title);
        _options = options ?? new SegmentationOverlayOptions();
        _options.Validate();
        _file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        _file.Write(ReportPage.Head(WebUtility.HtmlEncode(title), _options.Opacity));
    }

    /// <summary>Adds a picture.</summary>
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
        _file.Write($"<section><h2>{WebUtility.HtmlEncode(name)}</h2><div class=\"row\"><div class=\"stack\">");
        using (SKBitmap picture = SkiaImages.ToBitmap(image))
        {
            WriteImage(picture, SKEncodedImageFormat.Jpeg, $"alt=\"{WebUtility.HtmlEncode(name)}\"");
        }

        // The first of overlapping segments is the surest and lies on top.
        foreach (IGrouping<int, PredictedSegment> layer in result.Segments.Reverse().GroupBy(segment => segment.LabelId))
        {
            using var drawn = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Premul));
            using (var canvas = new SKCanvas(drawn))
            {
                canvas.Clear(SKColors.Transparent);
                foreach (PredictedSegment segment in layer)
                {
                    SegmentationOverlay.DrawSegment(canvas, segment.Mask, SegmentationOverlay.ColourOf(segment, _options), 0.8, _options.OutlineWidth);
                }
            }

            string label = WebUtility.HtmlEncode(_options.NameOf(layer.Key));
            WriteImage(
                drawn, SKEncodedImageFormat.Png,
                $"class=\"layer\" data-class=\"{label}\" data-colour=\"{SegmentColours.ToHtml(SegmentationOverlay.ColourOf(layer.First(), _options))}\" alt=\"{label}\"");
        }

        _file.Write("</div>");
        WriteTable(result);
        _file.WriteLine("</div></section>");
    }

    /// <summary>Finishes the file.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _file.Write(ReportPage.Tail);
        _file.Dispose();
    }

    private void WriteImage(SKBitmap bitmap, SKEncodedImageFormat format, string attributes)
    {
        using SKData data = bitmap.Encode(format, 90);
        string type = format == SKEncodedImageFormat.Png ? "png" : "jpeg";
        _file.Write($"<img {attributes} src=\"data:image/{type};base64,");
        _file.Write(Convert.ToBase64String(data.AsSpan()));
        _file.Write("\">");
    }

    private void WriteTable(SegmentationResult result)
    {
        if (result.Segments.Count == 0)
        {
            _file.Write("<p>Nothing was found.</p>");
            return;
        }

        _file.Write("<table><tr><th>id</th><th>class</th><th>score</th><th>pixels</th><th>box x y w h</th></tr>");
        foreach (PredictedSegment segment in result.Segments)
        {
            string label = WebUtility.HtmlEncode(_options.NameOf(segment.LabelId));
            _file.Write(
                $"<tr data-class=\"{label}\"><td>{segment.Id}</td><td>{label}</td><td>{segment.Score:0.000}</td><td>{segment.Area}</td>" +
                $"<td>{segment.Box.X:0} {segment.Box.Y:0} {segment.Box.Width:0} {segment.Box.Height:0}</td></tr>");
        }

        _file.Write("</table>");
    }
}
