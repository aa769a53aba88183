using System.Text.Json;

namespace MLNetVision.Imaging.Annotations.Json;

/// <summary>What a JSON file is made of, without its contents.</summary>
internal static class JsonOutline
{
    private const int Annotations = 100;

    /// <summary>The fields of the object in a file, that of annotations with the first of them; others without elements.</summary>
    /// <exception cref="InvalidDataException">It is no JSON object.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<JsonElement>> Read(string path)
    {
        JsonFileIndex file = JsonFileIndex.Read(path, new Dictionary<string, string>());
        Dictionary<string, IReadOnlyList<JsonElement>> fields = file.Names.Distinct(StringComparer.Ordinal).ToDictionary(name => name, _ => (IReadOnlyList<JsonElement>)[], StringComparer.Ordinal);
        if (fields.ContainsKey("annotations"))
        {
            JsonFileIndex annotations = JsonFileIndex.Read(path, new Dictionary<string, string> { ["annotations"] = "id" });
            fields["annotations"] = [.. annotations.Parse(annotations.Elements("annotations").Take(Annotations))];
        }

        return fields;
    }
}
