using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace MLNetVision.Imaging.Annotations;

/// <summary>
/// Where the elements of a JSON file's top-level arrays lie, so that annotations are parsed one image at a time: COCO's
/// files are larger than what their users have in mind to hold in memory.
/// </summary>
internal sealed class JsonFileIndex
{
    private readonly string _path;
    private readonly Dictionary<string, List<Element>> _arrays = new(StringComparer.Ordinal);

    /// <summary>An element's place, and the whole number of its key property, if it has one.</summary>
    public readonly record struct Element(long Offset, int Length, long? Key);

    private JsonFileIndex(string path) => _path = path;

    /// <summary>Walks through a file once.</summary>
    /// <param name="path">The file: an object with arrays of objects.</param>
    /// <param name="keys">For each array to index the property of its elements that is kept as their key.</param>
    /// <exception cref="InvalidDataException">The file is not such JSON, or lacks one of the arrays.</exception>
    public static JsonFileIndex Read(string path, IReadOnlyDictionary<string, string> keys)
    {
        var index = new JsonFileIndex(path);
        try
        {
            index.Walk(File.ReadAllBytes(path), keys);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{path}' is not valid JSON of the expected form: {e.Message}", e);
        }

        string? missing = keys.Keys.FirstOrDefault(name => !index._arrays.ContainsKey(name));
        return missing is null ? index : throw new InvalidDataException($"'{path}' has no list '{missing}'.");
    }

    public IReadOnlyList<Element> Elements(string array) => _arrays[array];

    /// <summary>Parses some elements, one after the other.</summary>
    /// <exception cref="InvalidDataException">The file has changed since it was indexed.</exception>
    public IEnumerable<JsonElement> Parse(IEnumerable<Element> elements)
    {
        using SafeFileHandle file = File.OpenHandle(_path);
        foreach (Element element in elements)
        {
            using JsonDocument document = Parse(file, element);
            yield return document.RootElement.Clone();
        }
    }

    private JsonDocument Parse(SafeFileHandle file, Element element)
    {
        byte[] bytes = new byte[element.Length];
        try
        {
            return RandomAccess.Read(file, bytes, element.Offset) == bytes.Length ? JsonDocument.Parse(bytes) : throw new JsonException("the file is shorter");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{_path}' has changed since it was opened.", e);
        }
    }

    private void Walk(byte[] json, IReadOnlyDictionary<string, string> keys)
    {
        int start = json.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        var reader = new Utf8JsonReader(json.AsSpan(start));
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("an object was expected");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (keys.TryGetValue(name, out string? key) && reader.TokenType == JsonTokenType.StartArray)
            {
                var elements = new List<Element>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    elements.Add(ReadElement(ref reader, key, start));
                }

                _arrays[name] = elements;
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static Element ReadElement(ref Utf8JsonReader reader, string key, int start)
    {
        long begin = reader.TokenStartIndex;
        long? value = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
        }
        else
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isKey = reader.ValueTextEquals(key);
                reader.Read();
                if (isKey && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number))
                {
                    value = number;
                }

                reader.Skip();
            }
        }

        return new Element(start + begin, (int)(reader.BytesConsumed - begin), value);
    }
}
