using System.Globalization;
using System.Text;

namespace MLNetVision.Imaging.Annotations.Yolo;

/// <summary>
/// The part of YAML that data sets' files use: keys at the left with a text, or with a list or table of texts in brackets, also over several lines, or on lines of
/// their own. What is nested deeper, and blocks of text, are passed over.
/// </summary>
internal static class YamlText
{
    /// <summary>A value: a text, or texts with or without keys; null text is YAML's null.</summary>
    public sealed record Value(string? Text, IReadOnlyList<(string? Key, string? Text)>? Items);

    /// <summary>The values by their keys; of one that is there twice the last counts, as elsewhere.</summary>
    /// <exception cref="InvalidDataException">Brackets are not closed.</exception>
    public static IReadOnlyDictionary<string, Value> Read(IEnumerable<string> text)
    {
        string[] lines = [.. text.Select(line => WithoutComment(line).TrimEnd()).Where(line => line.Length > 0 && line is not ("---" or "...") && line[0] != '%')];
        int left = lines.Length > 0 ? Indent(lines[0]) : 0;
        var values = new Dictionary<string, Value>(StringComparer.Ordinal);
        for (int at = 0; at < lines.Length;)
        {
            string line = lines[at++].TrimStart();
            int first = at;
            while (at < lines.Length && (Indent(lines[at]) > left || IsItem(lines[at].TrimStart())))
            {
                at++;
            }

            if (!IsItem(line) && Divided(line) is { } pair)
            {
                // A bracket may be closed at the left.
                bool isFlow = pair.Value is ['[' or '{', ..];
                while (isFlow && at < lines.Length && lines[at].TrimStart() is [']' or '}', ..])
                {
                    at++;
                }

                string[] below = [.. lines[first..at].Select(nested => isFlow ? nested.Trim() : nested)];
                values[Scalar(pair.Key) ?? string.Empty] = isFlow ? Flow($"{pair.Value} {string.Join(' ', below)}")
                    : pair.Value.Length > 0 ? new Value(pair.Value[0] is '|' or '>' ? string.Empty : Scalar(pair.Value), null)
                    : below.Length == 0 ? new Value(null, null) : Block(below);
            }
        }

        return values;
    }

    private static Value Block(string[] lines)
    {
        int indent = Indent(lines[0]);
        var items = new List<(string? Key, string? Text)>();
        foreach (string line in lines.Where(line => Indent(line) == indent).Select(line => line.Trim()))
        {
            if (IsItem(line))
            {
                items.Add((null, Scalar(line[1..])));
            }
            else if (Divided(line) is { } pair)
            {
                items.Add((Scalar(pair.Key), Scalar(pair.Value)));
            }
        }

        return new Value(null, items);
    }

    private static Value Flow(string text)
    {
        bool isTable = text[0] == '{';
        var items = new List<(string? Key, string? Text)>();
        int depth = 0, from = 1;
        char? quote = null;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote is not null)
            {
                i += c == '\\' && quote == '"' ? 1 : 0;
                quote = c == quote ? null : quote;
            }
            else if (c is '"' or '\'' && text.AsSpan(from, i - from).TrimEnd() is [] or [.., ':'])
            {
                quote = c;
            }
            else if (c is '[' or '{')
            {
                depth++;
            }
            else if (c is ']' or '}' && --depth == 0)
            {
                Add(text[from..i]);
                return new Value(null, items);
            }
            else if (c == ',' && depth == 1)
            {
                Add(text[from..i]);
                from = i + 1;
            }
        }

        throw new InvalidDataException($"'{(text.Length > 40 ? text[..40] + "…" : text)}' does not end: a closing '{(isTable ? '}' : ']')}' or quote was expected");

        void Add(string item)
        {
            if (!string.IsNullOrWhiteSpace(item))
            {
                items.Add(isTable && Divided(item.Trim()) is { } pair ? (Scalar(pair.Key), Scalar(pair.Value)) : (null, Scalar(item)));
            }
        }
    }

    private static bool IsItem(string line) => line == "-" || line.StartsWith("- ", StringComparison.Ordinal);

    private static int Indent(string line) => line.Length - line.TrimStart().Length;

    // At the first colon behind the key that ends it.
    private static (string Key, string Value)? Divided(string line)
    {
        int from = line is ['"' or '\'', ..] ? line.IndexOf(line[0], 1) : 0;
        for (int i = Math.Max(0, from); i < line.Length; i++)
        {
            if (line[i] == ':' && (i + 1 == line.Length || char.IsWhiteSpace(line[i + 1]) || from > 0))
            {
                return (line[..i].Trim(), line[(i + 1)..].Trim());
            }
        }

        return null;
    }

    private static string? Scalar(string text)
    {
        string trimmed = text.Trim();
        return trimmed switch
        {
            ['\'', .., '\''] => trimmed[1..^1].Replace("''", "'", StringComparison.Ordinal),
            ['"', .., '"'] => Unescaped(trimmed[1..^1]),
            "" or "~" or "null" or "Null" or "NULL" => null,
            _ => trimmed,
        };
    }

    // Programs write letters beyond ASCII as \xE9 and \u00e9.
    private static string Unescaped(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }

            char kind = text[++i];
            int digits = kind switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits > 0 && i + digits < text.Length && int.TryParse(text.AsSpan(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code))
            {
                plain.Append(digits < 8 ? ((char)code).ToString() : Rune.IsValid(code) ? new Rune(code).ToString() : "\uFFFD");
                i += digits;
            }
            else
            {
                plain.Append(kind switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '0' => '\0', _ => kind });
            }
        }

        return plain.ToString();
    }

    private static string WithoutComment(string line)
    {
        char? quote = null;
        for (int i = 0; i < line.Length; i++)
        {
            bool isFirst = i == 0 || char.IsWhiteSpace(line[i - 1]) || line[i - 1] is '[' or '{' or ',';
            if (line[i] == quote)
            {
                quote = null;
            }
            else if (quote is null && isFirst && line[i] is '\'' or '"')
            {
                quote = line[i];
            }
            else if (quote is null && line[i] == '#' && (i == 0 || char.IsWhiteSpace(line[i - 1])))
            {
                return line[..i];
            }
        }

        return line;
    }
}
