using System.Text.Json;

namespace MLNetVision.Imaging.Annotations.Json;

/// <summary>What a JSON file is made of, without its contents.</summary>
internal static class JsonOutline
{
    /// <summary>The fields of the object in a file, that of annotations with the first of them.</summary>
    /// <exception cref="InvalidDataException">It is no JSON object.</exception>
    public static IReadOnlyDictionary<string, JsonElement?> Read(string path)
    {
        JsonFileIndex file = JsonFileIndex.Read(path, new Dictionary<string, string>());
        Dictionary<string, JsonElement?> fields = file.Names.Distinct(StringComparer.Ordinal).ToDictionary(name => name, _ => (JsonElement?)null, StringComparer.Ordinal);
        if (fields.ContainsKey("annotations"))
        {
            JsonFileIndex annotations = JsonFileIndex.Read(path, new Dictionary<string, string> { ["annotations"] = "id" });
            fields["annotations"] = annotations.Elements("annotations") is [var first, ..] ? annotations.Parse([first]).Single() : null;
        }

        return fields;
    }
}
