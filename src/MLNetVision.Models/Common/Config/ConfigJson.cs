using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MLNetVision.Models.Common.Config;

/// <summary>The JSON form of config.json and its relatives.</summary>
internal static class ConfigJson
{
    public static JsonDocumentOptions Reading { get; } = new() { AllowDuplicateProperties = false };

    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>Writes JSON with sorted keys, two spaces of indentation and a final newline, other alphabets unescaped.</summary>
    public static string Write(JsonNode json)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions
        {
            Indented = true,
            IndentSize = 2,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // the file is never embedded in HTML
        }))
        {
            Sorted(json)!.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject json => new JsonObject(json.OrderBy(pair => pair.Key, KeyOrder).Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray array => new JsonArray([.. array.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    /// <summary>Class ids by number (2 before 10), everything else by code unit.</summary>
    private static Comparer<string> KeyOrder { get; } = Comparer<string>.Create((a, b) =>
        IsId(a, out int first) && IsId(b, out int second) ? first.CompareTo(second) : string.CompareOrdinal(a, b));

    private static bool IsId(string key, out int id) => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
