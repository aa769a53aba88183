using System.Globalization;
using System.Net;
using System.Text;

namespace MLNetVision.Imaging.Reports.Svg;

/// <summary>Where a text stands to its point.</summary>
internal enum SvgAnchor
{
    Start,
    Middle,
    End,
}

/// <summary>
/// Writes a drawing in SVG with a background of its own, for light and dark screens: each element has its light colour as an attribute, which
/// every program reads, and a class, by which browsers that ask for dark give it another one. Numbers have a point whatever the machine's
/// language.
/// </summary>
internal sealed class SvgCanvas
{
    public const string Ink = "ink";
    public const string Faint = "faint";
    public const string Paper = "paper";

    private const string Style =
        "<style>.mlnv .s{fill:none}.mlnv text{font-family:system-ui,'DejaVu Sans',sans-serif}" +
        "@media(prefers-color-scheme:dark){.mlnv .paper{fill:#16181c}.mlnv .ink{fill:#e6e6e6}.mlnv .faint{fill:#a9adb3}.mlnv .s.ink{fill:none;stroke:#e6e6e6}.mlnv .s.faint{fill:none;stroke:#4a4e55}}</style>";

    /// <summary>Colours of lines, each readable on white and on nearly black.</summary>
    private static readonly string[] Lines = ["#2f7fd0", "#d9702a", "#2f9a57", "#c2428f", "#8467d6", "#a98a00", "#1f9c9c", "#cc4a45"];

    private readonly StringBuilder _body = new();
    private readonly string _title;
    private readonly double _width;
    private readonly double _height;

    public SvgCanvas(string title, double width, double height)
    {
        (_title, _width, _height) = (title, width, height);
        Rectangle(0, 0, width, height, "#ffffff", Paper);
    }

    /// <summary>The colour of the n-th line; they repeat.</summary>
    public static string LineColour(int index) => Lines[index % Lines.Length];

    public void Text(string text, double x, double y, double size = 12, SvgAnchor anchor = SvgAnchor.Start, string tone = Ink, bool bold = false, string? fill = null) => Add(
        $"<text x=\"{x:0.##}\" y=\"{y:0.##}\" font-size=\"{size:0.##}\" font-family=\"sans-serif\"{(anchor == SvgAnchor.Start ? string.Empty : $" text-anchor=\"{(anchor == SvgAnchor.Middle ? "middle" : "end")}\"")}{(bold ? " font-weight=\"600\"" : string.Empty)} fill=\"{fill ?? ToneColour(tone)}\"{(fill is null ? $" class=\"{tone}\"" : string.Empty)}>{Encode(text)}</text>");

    /// <summary>Text that reads upwards from or around a point.</summary>
    public void TextUpwards(string text, double x, double y, double size = 12, SvgAnchor anchor = SvgAnchor.Middle) => Add(
        $"<text transform=\"translate({x:0.##} {y:0.##}) rotate(-90)\" font-size=\"{size:0.##}\" font-family=\"sans-serif\"{(anchor == SvgAnchor.Middle ? " text-anchor=\"middle\"" : string.Empty)} fill=\"{ToneColour(Ink)}\" class=\"{Ink}\">{Encode(text)}</text>");

    /// <summary>A line of the frame.</summary>
    public void Rule(double x0, double y0, double x1, double y1, string tone = Faint) => Add(
        $"<path d=\"M{x0:0.##} {y0:0.##}L{x1:0.##} {y1:0.##}\" fill=\"none\" stroke=\"{(tone == Faint ? "#d5d7da" : ToneColour(tone))}\" class=\"s {tone}\"/>");

    /// <summary>A line through points; where one is not a number it is interrupted.</summary>
    public void Line(IEnumerable<(double X, double Y)> points, string? colour, double width = 1.8, bool dashed = false)
    {
        var path = new StringBuilder();
        bool isBegin = true;
        (double X, double Y)[] rounded = WithoutRepetitions(points.Select(point => (Math.Round(point.X, 1), Math.Round(point.Y, 1))));
        for (int i = 0; i < rounded.Length; i++)
        {
            (double x, double y) = rounded[i];
            bool isPoint = double.IsFinite(x) && double.IsFinite(y);
            if (isPoint && !IsBetween(rounded, i))
            {
                path.Append(CultureInfo.InvariantCulture, $"{(isBegin ? 'M' : 'L')}{x:0.#} {y:0.#}");
            }

            isBegin = !isPoint;
        }

        Add($"<path d=\"{path.ToString()}\" fill=\"none\" stroke-linejoin=\"round\" stroke-width=\"{width:0.##}\"{(dashed ? " stroke-dasharray=\"5 4\"" : string.Empty)} stroke=\"{colour ?? ToneColour(Ink)}\" class=\"s{(colour is null ? " ink" : string.Empty)}\"/>");
    }

    public void Circle(double x, double y, double radius, string? colour, string? hint = null) => Add(
        $"<circle cx=\"{x:0.##}\" cy=\"{y:0.##}\" r=\"{radius:0.##}\" fill=\"{colour ?? ToneColour(Ink)}\"{(colour is null ? " class=\"ink\"" : string.Empty)}{Close("circle", hint)}");

    /// <param name="x">Left.</param>
    /// <param name="y">Top.</param>
    /// <param name="width">To the right.</param>
    /// <param name="height">Downwards.</param>
    /// <param name="fill">The colour.</param>
    /// <param name="tone">The class by which it changes for dark screens; null for none.</param>
    /// <param name="hint">What a browser shows where the mouse rests; null for nothing.</param>
    public void Rectangle(double x, double y, double width, double height, string fill, string? tone = null, string? hint = null) => Add(
        $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\" fill=\"{fill}\"{(tone is null ? string.Empty : $" class=\"{tone}\"")}{Close("rect", hint)}");

    /// <summary>The drawing as a file of its own.</summary>
    public string ToFile() => string.Create(
        CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{_width:0.##}\" height=\"{_height:0.##}\" viewBox=\"0 0 {_width:0.##} {_height:0.##}\" class=\"mlnv\" role=\"img\"><title>{Encode(_title)}</title>{Style}\n{_body}</svg>\n");

    /// <summary>A file's drawing as a part of a page, which knows SVG without its name.</summary>
    public static string Inline(string file) => file.Replace(" xmlns=\"http://www.w3.org/2000/svg\"", string.Empty, StringComparison.Ordinal).TrimEnd();

    private static string ToneColour(string tone) => tone == Faint ? "#63676d" : "#24272b";

    private static string Close(string element, string? hint) => hint is null ? "/>" : $"><title>{Encode(hint)}</title></{element}>";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static (double X, double Y)[] WithoutRepetitions(IEnumerable<(double X, double Y)> points)
    {
        var kept = new List<(double X, double Y)>();
        foreach ((double X, double Y) point in points)
        {
            if (kept.Count == 0 || kept[^1] != point)
            {
                kept.Add(point);
            }
        }

        return [.. kept];
    }

    /// <summary>Whether a point lies on the upright or level line between its neighbours, where it changes nothing.</summary>
    private static bool IsBetween((double X, double Y)[] points, int i) => i > 0 && i < points.Length - 1
        && ((points[i - 1].X == points[i].X && points[i + 1].X == points[i].X && points[i].Y.CompareTo(points[i - 1].Y) == points[i + 1].Y.CompareTo(points[i].Y))
            || (points[i - 1].Y == points[i].Y && points[i + 1].Y == points[i].Y && points[i].X.CompareTo(points[i - 1].X) == points[i + 1].X.CompareTo(points[i].X)));

    private void Add(FormattableString element) => _body.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
