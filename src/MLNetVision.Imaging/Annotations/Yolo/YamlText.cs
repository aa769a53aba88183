using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MLNetVision.Imaging.Annotations.Yolo;

/// <summary>
/// What data sets' files have of YAML: keys with a text, or with a list or table of texts. What is nested deeper is passed over, of several documents all but
/// the first.
/// </summary>
internal static class YamlText
{
    // Lists of classes are short, and the time that brackets in brackets take grows with their square.
    private const int LongestText = 4 << 20, DeepestBrackets = 64;

    /// <summary>A value: a text, or texts with or without keys; null text is YAML's null.</summary>
    public sealed record Value(string? Text, IReadOnlyList<(string? Key, string? Text)>? Items);

    /// <summary>The values of a file by their keys; of one that is there twice the last counts, as elsewhere.</summary>
    /// <exception cref="InvalidDataException">It is no YAML, or too long or deep for a data set's.</exception>
    public static IReadOnlyDictionary<string, Value> Read(string path)
    {
        if (new FileInfo(path).Length > LongestText)
        {
            throw new InvalidDataException($"it has more than {LongestText >> 20} MiB, too many for a data set's description");
        }

        string text = File.ReadAllText(path);
        CheckDepth(text);
        try
        {
            return Read(new Parser(new StringReader(text)));
        }
        catch (YamlException e)
        {
            throw new InvalidDataException($"it is no YAML at line {e.Start.Line}, column {e.Start.Column}: {e.Message.TrimEnd('.')}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or EndOfStreamException)
        {
            throw new InvalidDataException("it is no YAML", e); // so end some broken texts without quotes, and NULs
        }
    }

    private static Dictionary<string, Value> Read(Parser parser)
    {
        var values = new Dictionary<string, Value>(StringComparer.Ordinal);
        parser.Consume<StreamStart>();
        if (parser.TryConsume<DocumentStart>(out _) && parser.TryConsume<MappingStart>(out _))
        {
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                string key = TextOf(parser) ?? string.Empty;
                values[key] = ValueOf(parser);
            }
        }

        return values;
    }

    private static Value ValueOf(Parser parser)
    {
        var items = new List<(string? Key, string? Text)>();
        if (parser.TryConsume<SequenceStart>(out _))
        {
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add((null, TextOf(parser)));
            }
        }
        else if (parser.TryConsume<MappingStart>(out _))
        {
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                string? key = TextOf(parser);
                items.Add((key, TextOf(parser)));
            }
        }
        else
        {
            return new Value(TextOf(parser), null);
        }

        return new Value(null, items);
    }

    private static string? TextOf(Parser parser)
    {
        if (parser.TryConsume<Scalar>(out Scalar? scalar))
        {
            return scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL" ? null : scalar.Value;
        }

        parser.SkipThisAndNestedEvents();
        return null;
    }

    private static void CheckDepth(string text)
    {
        int depth = 0;
        foreach (char c in text)
        {
            depth += c is '[' or '{' ? 1 : c is ']' or '}' ? -1 : 0;
            if (depth > DeepestBrackets)
            {
                throw new InvalidDataException($"its brackets lie in each other more than {DeepestBrackets} deep");
            }
        }
    }
}
