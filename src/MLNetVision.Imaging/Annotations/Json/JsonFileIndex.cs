using System.Text.Json;

namespace MLNetVision.Imaging.Annotations.Json;

/// <summary>
/// Where the elements of a JSON file's top-level arrays lie, so that annotations are parsed one image at a time: COCO's
/// files are larger than what their users have in mind to hold in memory.
/// </summary>
internal sealed class JsonFileIndex
{
    private readonly string _path;
    private readonly Func<Stream> _open;
    private readonly Dictionary<string, List<Element>> _arrays = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private bool _isLoose;

    /// <summary>An element's place, and the id that its key property holds, if it holds one.</summary>
    public readonly record struct Element(long Offset, int Length, RecordKey? Key);

    private JsonFileIndex(string path, Func<Stream> open) => (_path, _open) = (path, open);

    /// <summary>Walks through a file once, with a part of it in memory.</summary>
    /// <param name="path">The file: an object with arrays of objects.</param>
    /// <param name="keys">For each array to index the property of its elements that is kept as their key.</param>
    /// <exception cref="InvalidDataException">The file is not such JSON, or lacks one of the arrays.</exception>
    public static JsonFileIndex Read(string path, IReadOnlyDictionary<string, string> keys)
    {
        if (EncodedText.OtherThanUtf8(path) is null)
        {
            return Read(path, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0), keys);
        }

        byte[] utf8 = EncodedText.ReadUtf8(path);
        return Read(path, () => new MemoryStream(utf8, writable: false), keys);
    }

    /// <summary>The same for what a file's place is taken by.</summary>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="open">Opens it at its beginning; it can seek.</param>
    /// <param name="keys">For each array to index the property of its elements that is kept as their key.</param>
    internal static JsonFileIndex Read(string path, Func<Stream> open, IReadOnlyDictionary<string, string> keys)
    {
        var index = new JsonFileIndex(path, open);
        try
        {
            index.Walk(open(), keys);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            index.WalkLoosely(keys, e);
        }

        string? missing = keys.Keys.FirstOrDefault(name => !index._arrays.ContainsKey(name));
        return missing is null ? index : throw new InvalidDataException($"'{path}' has no list '{missing}'.");
    }

    public IReadOnlyList<Element> Elements(string array) => _arrays[array];

    /// <summary>The names of all fields of the file's object.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Parses some elements, one after the other.</summary>
    /// <exception cref="InvalidDataException">The file has changed since it was indexed.</exception>
    public IEnumerable<JsonElement> Parse(IEnumerable<Element> elements)
    {
        using Stream stream = _open();
        byte[] buffer = [];
        foreach (Element element in elements)
        {
            buffer = buffer.Length < element.Length ? new byte[element.Length] : buffer;
            yield return Parse(stream, element.Offset, buffer.AsSpan(0, element.Length));
        }
    }

    private JsonElement Parse(Stream stream, long offset, Span<byte> bytes)
    {
        try
        {
            stream.Position = offset;
            return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length
                ? JsonElement.Parse(_isLoose ? LooseJson.Mend(bytes) : bytes) : throw new JsonException("the file is shorter");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{_path}' has changed since it was opened.", e);
        }
    }

    /// <summary>Walks through a file that is no JSON, with what can be mended mended.</summary>
    /// <exception cref="InvalidDataException">It cannot.</exception>
    private void WalkLoosely(IReadOnlyDictionary<string, string> keys, Exception strict)
    {
        _arrays.Clear();
        _names.Clear();
        _isLoose = true;
        try
        {
            Walk(new LooseJsonStream(_open()), keys);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{_path}' is not valid JSON of the expected form: {strict.Message}", strict);
        }
    }

    private void Walk(Stream opened, IReadOnlyDictionary<string, string> keys)
    {
        using Stream stream = opened;
        var tokens = new JsonTokens(stream);
        tokens.Read();
        if (tokens.Type != JsonTokenType.StartObject)
        {
            throw new JsonException("an object was expected");
        }

        while (tokens.Read() && tokens.Type == JsonTokenType.PropertyName)
        {
            string name = tokens.Text;
            _names.Add(name);
            tokens.Read();
            if (keys.TryGetValue(name, out string? key) && tokens.Type == JsonTokenType.StartArray)
            {
                var elements = new List<Element>();
                while (tokens.Read() && tokens.Type != JsonTokenType.EndArray)
                {
                    elements.Add(ReadElement(ref tokens, key));
                }

                _arrays[name] = elements;
            }
            else
            {
                tokens.Skip();
            }
        }
    }

    private static Element ReadElement(ref JsonTokens tokens, string key)
    {
        long begin = tokens.Begin;
        RecordKey? value = null;
        if (tokens.Type != JsonTokenType.StartObject)
        {
            tokens.Skip();
        }
        else
        {
            while (tokens.Read() && tokens.Type == JsonTokenType.PropertyName)
            {
                bool isKey = tokens.Is(key);
                tokens.Read();
                if (isKey)
                {
                    value = tokens.Key();
                }

                tokens.Skip();
            }
        }

        long length = tokens.End - begin;
        return length <= Array.MaxLength
            ? new Element(begin, (int)length, value)
            : throw new JsonException($"the element at byte {begin} has {length} bytes, more than the {Array.MaxLength} of one image's annotations");
    }
}
