using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLNetVision.Projects;

/// <summary>Reads values of project files, whose types and spellings differ between versions.</summary>
internal static class ProjectNodes
{
    public static JsonObject? Object(this JsonObject node, string name) => node[name] as JsonObject;

    public static string? Text(this JsonObject node, string name) => node[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>A number; text that is a number counts as one.</summary>
    public static double? Number(this JsonObject node, string name) =>
        node[name] is JsonValue value && double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

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
            return JsonNode.Parse(json.TrimStart('\uFEFF'), documentOptions: new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }) as JsonObject
                ?? throw new InvalidDataException($"'{file}' is no project file: it holds no JSON object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{file}' is no project file: {e.Message}", e);
        }
    }
}
