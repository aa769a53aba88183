using MLNetVision.Imaging.Rendering.Fonts;
using SkiaSharp;

namespace MLNetVision.Imaging.Reports;

/// <summary>A white picture with the few things that charts are made of; positions in pixels from the top left.</summary>
internal sealed class ChartCanvas : IDisposable
{
    public static readonly SKColor Ink = new(0x33, 0x33, 0x33);
    public static readonly SKColor Grid = new(0xdd, 0xdd, 0xdd);

    private readonly SKSurface _surface;
    private readonly SKPaint _paint = new() { IsAntialias = true };

    public ChartCanvas(int width, int height)
    {
        _surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        _surface.Canvas.Clear(SKColors.White);
    }

    public enum Anchor
    {
        Left,
        Centre,
        Right,
    }

    /// <summary>Text centred vertically on <paramref name="y"/>.</summary>
    public void Text(string text, float x, float y, float size = 13, Anchor anchor = Anchor.Left, SKColor? colour = null)
    {
        float width = TextFont.Width(text, size);
        x -= anchor switch { Anchor.Centre => width / 2, Anchor.Right => width, _ => 0 };
        TextFont.Draw(_surface.Canvas, text, x, y, size, colour ?? Ink);
    }

    /// <summary>Text that reads upwards and ends at a point.</summary>
    public void TextUpwards(string text, float x, float y, float size = 13, Anchor anchor = Anchor.Right)
    {
        _surface.Canvas.Save();
        _surface.Canvas.RotateDegrees(-90, x, y);
        Text(text, x, y, size, anchor);
        _surface.Canvas.Restore();
    }

    public void Line(float x0, float y0, float x1, float y1, SKColor colour, float width = 1)
    {
        Stroke(colour, width);
        _surface.Canvas.DrawLine(x0, y0, x1, y1, _paint);
    }

    public void Path(IEnumerable<SKPoint> points, SKColor colour, float width)
    {
        Stroke(colour, width);
        using var path = new SKPath();
        path.AddPoly([.. points], close: false);
        _surface.Canvas.DrawPath(path, _paint);
    }

    public void Rectangle(float x, float y, float width, float height, SKColor colour)
    {
        _paint.Style = SKPaintStyle.Fill;
        _paint.Color = colour;
        _surface.Canvas.DrawRect(x, y, width, height, _paint);
    }

    public byte[] ToPng()
    {
        using SKImage image = _surface.Snapshot();
        using SKData data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>A name cut to a length that fits beside a chart.</summary>
    public static string Short(string name, int length = 22) => name.Length <= length ? name : string.Concat(name.AsSpan(0, length - 2), "..");

    public void Dispose()
    {
        _paint.Dispose();
        _surface.Dispose();
    }

    private void Stroke(SKColor colour, float width)
    {
        _paint.Style = SKPaintStyle.Stroke;
        _paint.StrokeWidth = width;
        _paint.Color = colour;
    }
}
