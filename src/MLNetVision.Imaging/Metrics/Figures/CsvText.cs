using System.Globalization;
using System.Text;

namespace MLNetVision.Imaging.Metrics.Figures;

/// <summary>Comma-separated text as every reader takes it (RFC 4180), numbers with a point whatever the machine's language.</summary>
internal static class CsvText
{
    /// <param name="header">The names of the columns.</param>
    /// <param name="rows">The cells: texts, and numbers in full; null and what is not a number are empty.</param>
    public static string Write(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<object?>> rows)
    {
        var text = new StringBuilder();
        foreach (IReadOnlyList<object?> row in rows.Prepend([.. header]))
        {
            text.AppendJoin(',', row.Select(Cell)).Append('\n');
        }

        return text.ToString();
    }

    private static string Cell(object? value) => value switch
    {
        null or double.NaN or float.NaN => string.Empty,
        string text => text.AsSpan().ContainsAny(",\"\r\n") || text != text.Trim() ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? string.Empty,
    };
}
