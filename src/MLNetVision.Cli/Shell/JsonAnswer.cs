using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLNetVision.Cli.Shell;

/// <summary>One JSON object on one line.</summary>
internal static class JsonAnswer
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(TextWriter output, Action<Utf8JsonWriter> properties)
    {
        using var memory = new MemoryStream();
        using (var writer = new Utf8JsonWriter(memory, Options))
        {
            writer.WriteStartObject();
            properties(writer);
            writer.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(memory.ToArray()));
        output.Flush();
    }

    /// <summary>Writes an object of counts.</summary>
    public static void WriteCounts(this Utf8JsonWriter writer, string name, IEnumerable<(string Name, long Count)> counts)
    {
        writer.WriteStartObject(name);
        foreach ((string counted, long count) in counts)
        {
            writer.WriteNumber(counted, count);
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes an array of texts.</summary>
    public static void WriteTexts(this Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (string text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    /// <summary>What stands on standard output where a command failed.</summary>
    public static void WriteError(TextWriter output, int exitCode, string message) => Write(output, writer =>
    {
        writer.WriteBoolean("ok", false);
        writer.WriteNumber("exitCode", exitCode);
        writer.WriteString("error", message);
    });
}
