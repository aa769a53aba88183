using System.Globalization;
using MLNetVision.Imaging.Rendering.Fonts;
using MLNetVision.Imaging.Segments;
using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>The list at the right: each class (or segment) with its colour, its number of segments and its share of the pixels.</summary>
internal sealed class OverlayLegend
{
    private readonly List<(SKColor Colour, string Text)> _lines = [];
    private readonly float _size;
    private readonly float _lineHeight;

    public OverlayLegend(SegmentationResult result, SegmentationOverlayOptions options, float size)
    {
        double pixels = (double)result.Height * result.Width;
        _size = size;
        _lineHeight = MathF.Round(1.5f * size);
        IEnumerable<IGrouping<int, PredictedSegment>> groups = options.Colouring == SegmentColouring.ByClass
            ? result.Segments.GroupBy(segment => segment.LabelId).OrderBy(group => group.Key)
            : result.Segments.GroupBy(segment => segment.Id);
        foreach (IGrouping<int, PredictedSegment> group in groups)
        {
            PredictedSegment first = group.First();
            string count = group.Count() > 1 ? $" ×{group.Count()}" : "";
            _lines.Add((SegmentationOverlay.ColourOf(first, options), string.Create(CultureInfo.InvariantCulture, $"{options.NameOf(first)}{count}  {100 * group.Sum(segment => segment.Area) / pixels:0.0} %")));
        }

        Width = (int)MathF.Ceiling(_lines.Max(line => TextFont.Width(line.Text, size)) + 2.8f * size);
        Height = (int)MathF.Ceiling(_lines.Count * _lineHeight + size);
    }

    public int Width { get; }

    public int Height { get; }

    public void Draw(SKCanvas canvas, int left)
    {
        float y = 0.5f * _size;
        using var paint = new SKPaint { IsAntialias = true };
        foreach ((SKColor colour, string text) in _lines)
        {
            paint.Color = colour;
            canvas.DrawRoundRect(SKRect.Create(left + 0.7f * _size, y + (_lineHeight - _size) / 2, _size, _size), 0.2f * _size, 0.2f * _size, paint);
            TextFont.Draw(canvas, text, left + 2.1f * _size, y + _lineHeight / 2, _size, SKColors.Black);
            y += _lineHeight;
        }
    }
}
