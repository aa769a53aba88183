using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MLNetVision.Models.Training.State;

/// <summary>What must be the same for a training to be resumed: names and values, compared as JSON.</summary>
internal static class TrainingFingerprint
{
    /// <summary>JSON of options: invariant names, enums as text, numbers in full.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The values of options, by the names of their properties, with the model, the preparation of pictures and the data.</summary>
    public static JsonObject Of(object options, string model, string processor, string trainingPictures)
    {
        var fingerprint = (JsonObject)JsonSerializer.SerializeToNode(options, options.GetType(), Json)!;
        fingerprint["Model"] = model;
        fingerprint["Processor"] = processor;
        fingerprint["TrainingPictures"] = trainingPictures;
        return fingerprint;
    }

    /// <summary>The names of the values that differ, with both values.</summary>
    public static IReadOnlyList<string> Differences(JsonObject stored, JsonObject present) =>
    [
        .. stored.Select(item => item.Key).Union(present.Select(item => item.Key))
            .Where(name => !JsonNode.DeepEquals(stored[name], present[name]))
            .Select(name => $"{name} was {Text(stored[name])} and is {Text(present[name])}"),
    ];

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

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "null";
}
