using System.Globalization;
using System.Text;

namespace MLNetVision.Imaging.Metrics.Figures;

/// <summary>Comma-separated text as every reader takes it (RFC 4180), numbers with a point whatever the machine's language.</summary>
internal static class CsvText
{
    private const int LongestQuoted = 1 << 14;

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

    /// <summary>The rows of a text: the number of the line that each begins on, and its fields. Rows without anything but space are left out.</summary>
    /// <remarks>
    /// Quotes enclose separators, line breaks and space at the ends; doubled ones stand for one. A quote that no other closes is a letter like others, so that it
    /// does not take the rows after it.
    /// </remarks>
    /// <param name="text">The text.</param>
    /// <param name="separator">What stands between fields.</param>
    public static IEnumerable<(int Line, IReadOnlyList<string> Fields)> Read(string text, char separator)
    {
        int line = 1;
        for (int at = 0; at < text.Length;)
        {
            (int first, int begin) = (line, at);
            var fields = new List<string>();
            do
            {
                fields.Add(Field(text, separator, ref at));
            }
            while (at < text.Length && text[at++] == separator);

            // What ended the last field was a line break, which may be of two characters.
            if (at < text.Length && text[at - 1] == '\r' && text[at] == '\n')
            {
                at++;
            }

            line += Breaks(text.AsSpan(begin, at - begin));
            if (fields.Count > 1 || fields[0].Trim().Length > 0)
            {
                yield return (first, fields);
            }
        }
    }

    // Ends at the separator or line break behind the field, or at the end.
    private static string Field(string text, char separator, ref int at)
    {
        int begin = at;
        while (begin < text.Length && text[begin] is ' ' or '\t' && text[begin] != separator)
        {
            begin++;
        }

        var field = new StringBuilder();
        bool isQuoted = begin < text.Length && text[begin] == '"' && Quoted(text, begin, field) is var end && end > 0 && (at = end) > 0;
        if (!isQuoted)
        {
            at = begin;
        }

        int rest = at;
        while (at < text.Length && text[at] != separator && text[at] is not ('\n' or '\r'))
        {
            at++;
        }

        string behind = text[rest..at].TrimEnd();
        return isQuoted ? field.Append(behind).ToString() : behind.Trim();
    }

    // Where the text behind the closing quote begins; 0 where there is none within reach.
    private static int Quoted(string text, int begin, StringBuilder field)
    {
        int limit = Math.Min(text.Length, begin + LongestQuoted);
        for (int i = begin + 1; i < limit; i++)
        {
            if (text[i] != '"')
            {
                field.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == '"')
            {
                field.Append(text[i++]);
            }
            else
            {
                return i + 1;
            }
        }

        field.Clear();
        return 0;
    }

    private static int Breaks(ReadOnlySpan<char> text)
    {
        int breaks = 0;
        for (int i = 0; i < text.Length; i++)
        {
            breaks += text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')) ? 1 : 0;
        }

        return breaks;
    }

    private static string Cell(object? value) => value switch
    {
        null or double.NaN or float.NaN => string.Empty,
        string text => text.AsSpan().ContainsAny(",\"\r\n") || text != text.Trim() ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? string.Empty,
    };
}
