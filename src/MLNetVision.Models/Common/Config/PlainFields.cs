using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Models.Common.Config;

/// <summary>
/// The fields of a config that are as their types have them, read one by one: what files have that programs wrote. The serialiser, which has to be compiled for each
/// type when a program starts, takes longer than the network. Anything else, a null or a number in quotes, makes the fields not plain; the serialiser then
/// reads them, or says what is wrong.
/// </summary>
internal sealed class PlainFields(JsonObject json)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>Whether all that was asked for so far is plain.</summary>
    public bool IsPlain { get; private set; } = true;

    public int Whole(string name, int absent) => Take(name) is { } value ? Whole(value) : absent;

    public int? OptionalWhole(string name) => TakeOptional(name) is { } value ? Whole(value) : null;

    public double Number(string name, double absent) => Take(name) is { } value ? Number(value) : absent;

    public bool Flag(string name, bool absent) => Take(name) is { } value ? Flag(value) : absent;

    public bool? OptionalFlag(string name) => TakeOptional(name) is { } value ? Flag(value) : null;

    public string Text(string name, string absent) => Take(name) is { } value ? Text(value) : absent;

    public string? OptionalText(string name) => TakeOptional(name) is { } value ? Text(value) : null;

    public IReadOnlyList<int> Wholes(string name, IReadOnlyList<int> absent) => Take(name) is { } value ? [.. Items(value).Select(Whole)] : absent;

    public IReadOnlyList<int>? OptionalWholes(string name) => TakeOptional(name) is { } value ? [.. Items(value).Select(Whole)] : null;

    public IReadOnlyList<string>? OptionalTexts(string name) => TakeOptional(name) is { } value ? [.. Items(value).Select(Text)] : null;

    /// <summary>Rows of single values.</summary>
    public IReadOnlyList<IReadOnlyList<JsonElement>>? Rows(string name) =>
        Take(name) is { } value ? [.. Items(value).Select(row => (IReadOnlyList<JsonElement>)[.. Items(row).Select(Element)])] : null;

    /// <summary>A config inside this one.</summary>
    public TConfig Config<TConfig>(string name, TConfig absent)
        where TConfig : PretrainedConfig => Take(name) is not { } value ? absent : value is JsonObject ? PretrainedConfig.FromNode<TConfig>(value) : Complicated(absent);

    /// <summary>A size with the names of its sides, or a number.</summary>
    public ImageSize Size(string name, ImageSize absent, Func<int, ImageSize> ofNumber)
    {
        if (Take(name) is not { } value)
        {
            return absent;
        }

        if (value is not JsonObject sides)
        {
            return ofNumber(Whole(value));
        }

        var fields = new PlainFields(sides);
        var size = new ImageSize { Height = fields.OptionalWhole("height"), Width = fields.OptionalWhole("width"), ShortestEdge = fields.OptionalWhole("shortest_edge"), LongestEdge = fields.OptionalWhole("longest_edge") };
        IsPlain &= fields.IsPlain && fields.Rest() is null;
        return size;
    }

    /// <summary>Pillow's number of a filter.</summary>
    public Resampling Filter(string name, Resampling absent) => Whole(name, (int)absent) is var number && Enum.IsDefined((Resampling)number) ? (Resampling)number : Complicated(absent);

    /// <summary>A number, or one for each channel.</summary>
    public ChannelValues Channels(string name, ChannelValues absent) => Take(name) switch
    {
        null => absent,
        JsonArray { Count: 3 } list => new ChannelValues(Number(list[0]), Number(list[1]), Number(list[2])),
        var value => new ChannelValues(Number(value)),
    };

    /// <summary>Passes fields over that follow from others.</summary>
    public void PassOver(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            _taken.Add(name);
        }
    }

    /// <summary>Leaves fields that are seldom there to the serialiser.</summary>
    public void Leave(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            IsPlain &= !json.ContainsKey(name);
        }
    }

    /// <summary>The fields that nobody asked for; null for none.</summary>
    public Dictionary<string, JsonElement>? Rest()
    {
        Dictionary<string, JsonElement>? rest = null;
        foreach ((string name, JsonNode? value) in json)
        {
            if (!_taken.Contains(name))
            {
                (rest ??= [])[name] = Element(value);
            }
        }

        return rest;
    }

    private static JsonElement Element(JsonNode? value) => value is JsonValue single && single.TryGetValue(out JsonElement element) ? element : JsonElement.Parse(value?.ToJsonString() ?? "null");

    private JsonNode? Take(string name)
    {
        _taken.Add(name);
        if (!json.TryGetPropertyValue(name, out JsonNode? value))
        {
            return null;
        }

        IsPlain &= value is not null;
        return value;
    }

    private JsonNode? TakeOptional(string name)
    {
        _taken.Add(name);
        return json[name];
    }

    private IEnumerable<JsonNode?> Items(JsonNode? value) => value is JsonArray list ? list : Complicated<IEnumerable<JsonNode?>>([]);

    private int Whole(JsonNode? value) => Element(value) is { ValueKind: JsonValueKind.Number } element && element.TryGetInt32(out int number) ? number : Complicated(0);

    private double Number(JsonNode? value) => Element(value) is { ValueKind: JsonValueKind.Number } element && element.TryGetDouble(out double number) && double.IsFinite(number) ? number : Complicated(0.0);

    private bool Flag(JsonNode? value) => Element(value).ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => Complicated(false) };

    private string Text(JsonNode? value) => Element(value) is { ValueKind: JsonValueKind.String } element ? element.GetString()! : Complicated(string.Empty);

    private T Complicated<T>(T stand)
    {
        IsPlain = false;
        return stand;
    }
}
