using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNetVision.Imaging.Metrics.Figures;

/// <summary>Metrics as aligned text and as JSON.</summary>
internal static class MetricsText
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Converters = { new UndefinedAsNull(), new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string ToJson<T>(T metrics) => JsonSerializer.Serialize(metrics, Options);

    public static string Lines(IEnumerable<string> parts) => string.Join(Environment.NewLine, parts);

    /// <summary>What stands behind the number of images where some were missed.</summary>
    public static string Missed(long missed) => missed == 0 ? string.Empty : $", {missed} of them without a picture to segment: their truth counts as missed";

    public static string[] Figures(params ReadOnlySpan<double> figures)
    {
        string[] texts = new string[figures.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = Figure(figures[i]);
        }

        return texts;
    }

    /// <summary>A figure with four digits behind the point, whatever the machine's language; "-" for none.</summary>
    public static string Figure(double figure) => double.IsNaN(figure) ? "-" : figure.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>The first column to the left, the others to the right.</summary>
    public static string Table(string[] header, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, header.Length).Select(column => rows.Select(row => Width(row[column])).Append(Width(header[column])).Max())];
        var text = new StringBuilder();
        foreach (string[] row in rows.Prepend(header))
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) =>
            {
                string space = new(' ', widths[column] - Width(cell));
                return column == 0 ? cell + space : space + cell;
            })).TrimEnd());
        }

        return text.ToString();
    }

    /// <summary>The cells of a terminal that a text takes: two for a letter of East Asia or a pictogram, none for an accent that stands on the letter before it.</summary>
    public static int Width(string text)
    {
        int width = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isWide = rune.Value is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF and not 0x303F) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F)
                or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x1F300 and <= 0x1F64F) or (>= 0x1F680 and <= 0x1F6FF) or (>= 0x1F900 and <= 0x1F9FF) or (>= 0x20000 and <= 0x3FFFD);
            width += Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format ? 0 : isWide ? 2 : 1;
        }

        return width;
    }

    private sealed class UndefinedAsNull : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
