using System.Globalization;
using System.Net;
using System.Text;
using MLNetVision.Imaging.Reports.Svg;

namespace MLNetVision.Imaging.Reports;

/// <summary>
/// The file of a report, written as its parts come: one static HTML page that needs nothing else. Its folder is made, and numbers have a
/// point whatever the machine's language.
/// </summary>
internal sealed class ReportFile : IDisposable
{
    private readonly StreamWriter _file;

    /// <param name="path">The file; an existing one is replaced, and its folder is made if need be.</param>
    /// <param name="title">The heading.</param>
    /// <param name="opacity">The first opacity of layers over pictures.</param>
    public ReportFile(string path, string title, double opacity)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(title);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        _file.Write(ReportPage.Head(Encode(title), opacity));
    }

    /// <summary>A text of strangers inside of HTML.</summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    public void Write(FormattableString html) => _file.Write(html.ToString(CultureInfo.InvariantCulture));

    public void WriteLine(FormattableString html) => _file.WriteLine(html.ToString(CultureInfo.InvariantCulture));

    /// <summary>HTML without numbers.</summary>
    public void Raw(string html) => _file.Write(html);

    /// <summary>A table; its first column is to the left, the others to the right.</summary>
    public void WriteTable(ReportTable table)
    {
        _file.Write($"<table><tr>{string.Concat(table.Header.Select(cell => $"<th>{Encode(cell)}</th>"))}</tr>");
        foreach (string[] row in table.Rows)
        {
            _file.Write($"<tr>{string.Concat(row.Select(cell => $"<td>{Encode(cell)}</td>"))}</tr>");
        }

        _file.WriteLine("</table>");
    }

    /// <summary>A table behind a line that opens it.</summary>
    public void WriteDetails(string summary, ReportTable table, bool isOpen = false)
    {
        _file.Write($"<details{(isOpen ? " open" : string.Empty)}><summary>{Encode(summary)}</summary>");
        WriteTable(table);
        _file.WriteLine("</details>");
    }

    /// <summary>Drawings of <see cref="SvgCharts"/> side by side, where there is room.</summary>
    public void WriteDrawings(params ReadOnlySpan<string> drawings)
    {
        _file.Write("<div class=\"row\">");
        foreach (string drawing in drawings)
        {
            _file.Write($"<div class=\"drawing\">{SvgCanvas.Inline(drawing)}</div>");
        }

        _file.WriteLine("</div>");
    }

    /// <summary>Ends the page.</summary>
    public void Dispose()
    {
        _file.Write(ReportPage.Tail);
        _file.Dispose();
    }
}
