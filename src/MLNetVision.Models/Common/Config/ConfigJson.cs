using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MLNetVision.Imaging.Annotations.Json;

namespace MLNetVision.Models.Common.Config;

/// <summary>The JSON form of config.json and its relatives.</summary>
internal static class ConfigJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false), new FiniteNumberJsonConverter() },
    };

    /// <summary>
    /// Reads JSON as Python does: of a key that stands more than once, the last value counts, and NaN and the infinities are values. They become texts, which is an
    /// error where a number is needed.
    /// </summary>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public static JsonNode? Parse(string json)
    {
        try
        {
            return ToNode(JsonElement.Parse(json));
        }
        catch (JsonException) when (json.Contains("NaN", StringComparison.Ordinal) || json.Contains("Infinity", StringComparison.Ordinal))
        {
            try
            {
                return ToNode(JsonElement.Parse(LooseJson.Mend(Encoding.UTF8.GetBytes(json))));
            }
            catch (JsonException)
            {
                // What is wrong is said of the text as it is.
            }

            throw;
        }
    }

    /// <summary>The node of an element. One of the framework's own making refuses keys that stand twice; here the last counts.</summary>
    /// <exception cref="JsonException">A text is none, such as half of a character that is written as two: found here and not where it is used.</exception>
    public static JsonNode? ToNode(JsonElement element)
    {
        try
        {
            return NodeOf(element);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    private static JsonNode? NodeOf(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var fields = new JsonObject();
                foreach (JsonProperty field in element.EnumerateObject())
                {
                    fields[field.Name] = NodeOf(field.Value);
                }

                return fields;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(NodeOf)]);
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.String:
                element.GetString(); // throws where it is none
                return JsonValue.Create(element);
            default:
                return JsonValue.Create(element);
        }
    }

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
            WriteSorted(writer, json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    // Node by node, without a sorted copy: a config may have a million labels.
    private static void WriteSorted(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject json:
                writer.WriteStartObject();
                foreach ((string name, JsonNode? value) in Sorted(json))
                {
                    writer.WritePropertyName(name);
                    WriteSorted(writer, value);
                }

                writer.WriteEndObject();
                break;
            case JsonArray array:
                writer.WriteStartArray();
                foreach (JsonNode? item in array)
                {
                    WriteSorted(writer, item);
                }

                writer.WriteEndArray();
                break;
            case null:
                writer.WriteNullValue();
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }

    // Of tables of class ids each is parsed once.
    private static IEnumerable<KeyValuePair<string, JsonNode?>> Sorted(JsonObject json) => json.All(pair => IsId(pair.Key, out _))
        ? json.OrderBy(pair => IsId(pair.Key, out int id) ? id : 0)
        : json.OrderBy(pair => pair.Key, KeyOrder);

    /// <summary>Class ids by number (2 before 10), everything else by code unit.</summary>
    private static Comparer<string> KeyOrder { get; } = Comparer<string>.Create((a, b) =>
        IsId(a, out int first) && IsId(b, out int second) ? first.CompareTo(second) : string.CompareOrdinal(a, b));

    private static bool IsId(string key, out int id) => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
