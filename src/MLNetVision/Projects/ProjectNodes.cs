using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Models.Common.Config;

namespace MLNetVision.Projects;

/// <summary>Reads values of project files, whose types and spellings differ between versions.</summary>
internal static class ProjectNodes
{
    private const int LongestShown = 40;

    public static JsonObject? Object(this JsonObject node, string name) => node[name] as JsonObject;

    public static string? Text(this JsonObject node, string name) => node[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>A number; text that is a number counts as one. Null where there is none.</summary>
    /// <param name="node">The object.</param>
    /// <param name="name">Its property.</param>
    /// <param name="least">The smallest that there can be.</param>
    /// <param name="most">The largest.</param>
    /// <exception cref="InvalidDataException">It is no number, or out of the range.</exception>
    public static double? Number(this JsonObject node, string name, double least, double most) =>
        node[name] is not { } value ? null
        : value is JsonValue && double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most ? number
        : throw new InvalidDataException(FormattableString.Invariant($"{name} is {Shown(value)}; expected a number from {least} to {most}."));

    /// <summary>A whole number.</summary>
    /// <inheritdoc cref="Number" path="/param | /exception"/>
    public static int? Whole(this JsonObject node, string name, int least, int most = int.MaxValue) =>
        node.Number(name, least, most) is not { } number ? null
        : number == Math.Floor(number) ? (int)number
        : throw new InvalidDataException(FormattableString.Invariant($"{name} is {number}; expected a whole number."));

    private static string Shown(JsonNode value) => value.ToJsonString() is var text && text.Length <= LongestShown ? text : text[..LongestShown] + "…";

    /// <summary>The kind of a node: its text, its property "Type", or in the oldest files a property of its own.</summary>
    public static string? Kind(this JsonObject node, string name, string oldest) => node[name] switch
    {
        JsonObject inner => inner.Text("Type") ?? inner.Text(oldest),
        JsonValue value when value.TryGetValue(out string? text) => text,
        _ => null,
    };

    /// <summary>The property of an object, made if need be; its type and version are set.</summary>
    public static JsonObject Typed(this JsonObject node, string name, string type, int version)
    {
        JsonObject inner = node.Object(name) ?? new JsonObject();
        if (inner.Parent is null)
        {
            node[name] = inner;
        }

        (inner["Type"], inner["Version"]) = (type, version);
        return inner;
    }

    /// <exception cref="InvalidDataException">It is no JSON object.</exception>
    public static JsonObject Parse(string json, string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json.TrimStart('\uFEFF'), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return ConfigJson.ToNode(document.RootElement.Clone()) as JsonObject ?? throw new InvalidDataException($"'{file}' is no project file: it holds no JSON object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{file}' is no project file: {e.Message}", e);
        }
    }
}
