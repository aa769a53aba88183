using MLNetVision.Imaging.Segments;
using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>The list at the right: each class (or segment) with its colour, its number of segments and its share of the pixels.</summary>
internal sealed class OverlayLegend
{
    private readonly List<(SKColor Colour, string Text)> _lines = [];
    private readonly int _scale;
    private readonly int _lineHeight;

    public OverlayLegend(SegmentationResult result, SegmentationOverlayOptions options, int scale)
    {
        double pixels = (double)result.Height * result.Width;
        _scale = scale;
        _lineHeight = 12 * scale;
        IEnumerable<IGrouping<int, PredictedSegment>> groups = options.Colouring == SegmentColouring.ByClass
            ? result.Segments.GroupBy(segment => segment.LabelId).OrderBy(group => group.Key)
            : result.Segments.GroupBy(segment => segment.Id);
        foreach (IGrouping<int, PredictedSegment> group in groups)
        {
            PredictedSegment first = group.First();
            string count = group.Count() > 1 ? $" x{group.Count()}" : "";
            _lines.Add((SegmentationOverlay.ColourOf(first, options), $"{options.NameOf(first.LabelId)}{count}  {group.Sum(segment => segment.Area) / pixels:0.0%}"));
        }

        Width = _lines.Max(line => PixelFont.Measure(line.Text, scale).Width) + 24 * scale;
        Height = (_lines.Count * _lineHeight) + 8 * scale;
    }

    public int Width { get; }

    public int Height { get; }

    public void Draw(SKCanvas canvas, int left)
    {
        int y = 4 * _scale;
        using var paint = new SKPaint();
        foreach ((SKColor colour, string text) in _lines)
        {
            paint.Color = colour;
            canvas.DrawRect(left + 6 * _scale, y + _scale, 9 * _scale, 9 * _scale, paint);
            PixelFont.Draw(canvas, text, left + 19 * _scale, y + 2 * _scale, _scale, SKColors.Black);
            y += _lineHeight;
        }
    }
}
