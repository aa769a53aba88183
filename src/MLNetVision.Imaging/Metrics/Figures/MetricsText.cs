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
        int[] widths = [.. Enumerable.Range(0, header.Length).Select(column => rows.Select(row => row[column].Length).Append(header[column].Length).Max())];
        var text = new StringBuilder();
        foreach (string[] row in rows.Prepend(header))
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))).TrimEnd());
        }

        return text.ToString();
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
