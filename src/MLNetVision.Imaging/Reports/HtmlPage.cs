using System.Net;
using System.Text;

namespace MLNetVision.Imaging.Reports;

/// <summary>One HTML file that needs no other: style and pictures are inside.</summary>
internal sealed class HtmlPage
{
    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 1100px; padding: 0 1em; color: #222; }
        h1 { font-size: 1.6em; } h2 { font-size: 1.2em; margin-top: 2em; border-bottom: 1px solid #ddd; }
        table { border-collapse: collapse; margin: 1em 0; } td, th { padding: .2em .8em; text-align: right; border-bottom: 1px solid #eee; }
        td:first-child, th:first-child { text-align: left; } img { max-width: 100%; }
        .pair { display: grid; grid-template-columns: 1fr 1fr; gap: .6em; margin: .4em 0 1.6em; } .pair figure { margin: 0; } .pair img { width: 100%; } figcaption { color: #555; font-size: .9em; }
        .chip { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .3em; } .entry { margin-right: .8em; white-space: nowrap; }
        """;

    private readonly StringBuilder _body = new();
    private readonly string _title;

    public HtmlPage(string title)
    {
        _title = Encode(title);
        _body.Append("<h1>").Append(_title).AppendLine("</h1>");
    }

    public void Heading(string text) => _body.Append("<h2>").Append(Encode(text)).AppendLine("</h2>");

    public void Paragraph(string text) => _body.Append("<p>").Append(Encode(text)).AppendLine("</p>");

    public void Table(IEnumerable<string> header, IEnumerable<IEnumerable<string>> rows)
    {
        _body.Append("<table><tr>").AppendJoin(string.Empty, header.Select(cell => $"<th>{Encode(cell)}</th>")).AppendLine("</tr>");
        foreach (IEnumerable<string> row in rows)
        {
            _body.Append("<tr>").AppendJoin(string.Empty, row.Select(cell => $"<td>{Encode(cell)}</td>")).AppendLine("</tr>");
        }

        _body.AppendLine("</table>");
    }

    public void Png(byte[] png, string alternative) => _body.Append("<p>").Append(Image("png", png, alternative)).AppendLine("</p>");

    public void Pair(byte[] left, string leftCaption, byte[] right, string rightCaption) => _body
        .Append("<div class=\"pair\"><figure>").Append(Image("jpeg", left, leftCaption)).Append("<figcaption>").Append(Encode(leftCaption))
        .Append("</figcaption></figure><figure>").Append(Image("jpeg", right, rightCaption)).Append("<figcaption>").Append(Encode(rightCaption)).AppendLine("</figcaption></figure></div>");

    public void Legend(IEnumerable<(string Name, string Colour)> entries) => _body
        .Append("<p>").AppendJoin(string.Empty, entries.Select(entry => $"<span class=\"entry\"><span class=\"chip\" style=\"background:{entry.Colour}\"></span>{Encode(entry.Name)}</span> ")).AppendLine("</p>");

    public override string ToString() =>
        $"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{_title}</title><style>\n{Style}\n</style></head><body>\n{_body}</body></html>\n";

    private static string Image(string type, byte[] bytes, string alternative) =>
        $"<img alt=\"{Encode(alternative)}\" src=\"data:image/{type};base64,{Convert.ToBase64String(bytes)}\">";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
