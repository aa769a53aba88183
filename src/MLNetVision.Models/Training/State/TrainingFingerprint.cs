using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MLNetVision.Models.Training.State;

/// <summary>What must be the same for a training to be resumed: names and values, compared as JSON.</summary>
internal static class TrainingFingerprint
{
    private const int LongestShown = 100;

    /// <summary>JSON of options: invariant names, enums as text, numbers in full.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The values of options, by the names of their properties, with the model, the preparation of pictures and the data.</summary>
    public static JsonObject Of(object options, string model, string processor, string trainingPictures, JsonArray trainingContents)
    {
        var fingerprint = (JsonObject)JsonSerializer.SerializeToNode(options, options.GetType(), Json)!;
        fingerprint["Model"] = model;
        fingerprint["Processor"] = processor;
        fingerprint["TrainingPictures"] = trainingPictures;
        fingerprint["TrainingContents"] = trainingContents;
        return fingerprint;
    }

    /// <summary>The names of the values that differ, with both values; of networks and preparations the fields in them.</summary>
    /// <param name="stored">The values of before.</param>
    /// <param name="present">Those of now.</param>
    /// <param name="contents">Says of the contents of pictures of a name what is different.</param>
    public static IReadOnlyList<string> Differences(JsonObject stored, JsonObject present, Func<string, string> contents)
    {
        string[] names = [.. stored.Select(item => item.Key).Union(present.Select(item => item.Key)).Where(name => !JsonNode.DeepEquals(stored[name], present[name]))];

        // Of other settings and data the pictures may be others, in another order: that says nothing more.
        string[] settings = [.. names.Where(name => !name.EndsWith(PictureContents.Key, StringComparison.Ordinal))];
        return settings.Length > 0 ? [.. settings.SelectMany(name => OfValue(name, stored[name], present[name]))] : [.. names.Select(contents)];
    }

    private static IEnumerable<string> OfValue(string name, JsonNode? stored, JsonNode? present) =>
        Fields(stored) is { } before && Fields(present) is { } now
            ? before.Select(item => item.Key).Union(now.Select(item => item.Key)).Where(field => !JsonNode.DeepEquals(before[field], now[field]))
                .Select(field => $"{name}.{field} was {Text(before[field])} and is {Text(now[field])}")
            : [$"{name} was {Text(stored)} and is {Text(present)}"];

    private static JsonObject? Fields(JsonNode? node)
    {
        try
        {
            return node as JsonObject ?? (node is JsonValue value && value.TryGetValue(out string? text) && text.StartsWith('{') ? JsonNode.Parse(text) as JsonObject : null);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What is known of pictures and the classes in them: 64-bit FNV-1a of these.</summary>
    public static string Describe(int pictures, IEnumerable<int> classes)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (int value in classes)
        {
            hash = (hash ^ (uint)value) * 0x100000001B3;
        }

        return $"{pictures} pictures, classes {hash:x16}";
    }

    private static string Text(JsonNode? node) => (node?.ToJsonString() ?? "null") is var text && text.Length <= LongestShown ? text : text[..LongestShown] + "…";
}
