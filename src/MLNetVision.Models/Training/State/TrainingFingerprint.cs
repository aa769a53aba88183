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

    /// <summary>The names of the values that differ, with both values.</summary>
    public static IReadOnlyList<string> Differences(JsonObject stored, JsonObject present) =>
    [
        .. stored.Select(item => item.Key).Union(present.Select(item => item.Key))
            .Where(name => !JsonNode.DeepEquals(stored[name], present[name]))
            .Select(name => $"{name} was {Text(stored[name])} and is {Text(present[name])}"),
    ];

    /// <summary>A number for a list of classes: 64-bit FNV-1a.</summary>
    public static string Hash(IEnumerable<int> classes)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (int value in classes)
        {
            hash = (hash ^ (uint)value) * 0x100000001B3;
        }

        return hash.ToString("x16");
    }

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "null";
}
