using System.Globalization;

namespace MLNetVision.Imaging.Reports.Svg;

/// <summary>A line of a plot.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">Its points; one that is not a number interrupts it.</param>
/// <param name="Colour">Its colour; null for that of the text.</param>
/// <param name="Width">Its width.</param>
/// <param name="Dashed">Whether it is dashed.</param>
internal sealed record SvgSeries(string Name, IReadOnlyList<(double X, double Y)> Points, string? Colour, double Width = 1.8, bool Dashed = false);

/// <summary>A frame with two axes on a canvas, and lines in it.</summary>
internal sealed class SvgPlot
{
    private const double LegendRow = 17;
    private readonly SvgCanvas _canvas;
    private readonly double _left;
    private readonly double _top;
    private readonly double _width;
    private readonly double _height;
    private readonly (double Least, double Most) _x;
    private readonly (double Least, double Most) _y;

    /// <summary>Draws the frame.</summary>
    /// <param name="canvas">Where.</param>
    /// <param name="area">The inside of the frame: left, top, width, height.</param>
    /// <param name="x">The range of the horizontal axis.</param>
    /// <param name="y">The range of the vertical axis.</param>
    /// <param name="title">What stands above.</param>
    /// <param name="xName">What stands below; null for nothing.</param>
    /// <param name="yName">What stands to the left; null for nothing.</param>
    public SvgPlot(
        SvgCanvas canvas, (double Left, double Top, double Width, double Height) area, (double Least, double Most) x, (double Least, double Most) y, string title, string? xName = null, string? yName = null)
    {
        _canvas = canvas;
        (_left, _top, _width, _height) = area;
        (_x, _y) = (Widened(x), Widened(y));
        foreach (double tick in Ticks(_x.Least, _x.Most))
        {
            canvas.Rule(X(tick), _top, X(tick), _top + _height);
            canvas.Text(Label(tick, _x), X(tick), _top + _height + 16, 11, SvgAnchor.Middle, SvgCanvas.Faint);
        }

        foreach (double tick in Ticks(_y.Least, _y.Most))
        {
            canvas.Rule(_left, Y(tick), _left + _width, Y(tick));
            canvas.Text(Label(tick, _y), _left - 7, Y(tick) + 4, 11, SvgAnchor.End, SvgCanvas.Faint);
        }

        canvas.Text(title, _left, _top - 12, 14, bold: true);
        if (xName is not null)
        {
            canvas.Text(xName, _left + _width / 2, _top + _height + 34, 12, SvgAnchor.Middle);
        }

        if (yName is not null)
        {
            canvas.TextUpwards(yName, _left - 44, _top + _height / 2);
        }
    }

    /// <summary>Draws lines, and a legend to the right of the frame where there are several.</summary>
    /// <param name="series">The lines.</param>
    /// <param name="note">What stands below the legend; null for nothing.</param>
    public void Draw(IReadOnlyList<SvgSeries> series, string? note = null)
    {
        if (note is not null)
        {
            _canvas.Text(note, _left + _width + 12, _top + 12 + LegendRow * series.Count);
        }

        for (int i = 0; i < series.Count; i++)
        {
            SvgSeries line = series[i];
            _canvas.Line(line.Points.Select(point => (X(point.X), Y(point.Y))), line.Colour, line.Width, line.Dashed);
            if (line.Points.Count == 1)
            {
                Mark(line.Points[0].X, line.Points[0].Y, line.Colour);
            }

            if (series.Count > 1)
            {
                double y = _top + 8 + LegendRow * i;
                _canvas.Line([(_left + _width + 12, y), (_left + _width + 34, y)], line.Colour, line.Width, line.Dashed);
                _canvas.Text(line.Name, _left + _width + 40, y + 4);
            }
        }
    }

    /// <summary>A dot at a point.</summary>
    public void Mark(double x, double y, string? colour, string? hint = null)
    {
        if (double.IsFinite(x) && double.IsFinite(y))
        {
            _canvas.Circle(X(x), Y(y), 4, colour, hint);
        }
    }

    /// <summary>A dashed line upwards through a place of the horizontal axis, with words beside it.</summary>
    public void MarkX(double x, string text)
    {
        _canvas.Line([(X(x), _top), (X(x), _top + _height)], null, 1.2, dashed: true);
        bool isRight = X(x) > _left + _width / 2;
        _canvas.Text(text, X(x) + (isRight ? -6 : 6), _top + _height - 10, 12, isRight ? SvgAnchor.End : SvgAnchor.Start);
    }

    public double X(double value) => _left + _width * (value - _x.Least) / (_x.Most - _x.Least);

    public double Y(double value) => _top + _height * (1 - (value - _y.Least) / (_y.Most - _y.Least));

    /// <summary>The least and the most of values, those that are no numbers left out; 0 to 1 of none.</summary>
    public static (double Least, double Most) Range(IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        return finite.Length == 0 ? (0, 1) : (finite.Min(), finite.Max());
    }

    /// <summary>About five round numbers in a range.</summary>
    public static IEnumerable<double> Ticks(double least, double most)
    {
        double rough = (most - least) / 5;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * (rough / power) switch
        {
            < 1.5 => 1,
            < 3.5 => 2,
            < 7.5 => 5,
            _ => 10,
        };
        for (long i = (long)Math.Ceiling(least / step - 1e-9); i * step <= most + step * 1e-9; i++)
        {
            yield return i * step;
        }
    }

    // Values that are all the same still need a scale.
    private static (double Least, double Most) Widened((double Least, double Most) range)
    {
        if (range.Most > range.Least)
        {
            return range;
        }

        double half = range.Least == 0 ? 1 : Math.Abs(range.Least) * 0.1;
        return (range.Least - half, range.Most + half);
    }

    private static string Label(double tick, (double Least, double Most) range) =>
        Math.Max(Math.Abs(range.Least), Math.Abs(range.Most)) is < 0.01 or >= 1e6 && Math.Abs(tick) > (range.Most - range.Least) * 1e-6
        ? tick.ToString("0.##e0", CultureInfo.InvariantCulture)
        : Math.Round(tick, 6).ToString("0.######", CultureInfo.InvariantCulture);
}
