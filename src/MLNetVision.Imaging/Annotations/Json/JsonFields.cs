using System.Text.Json;
using MLNetVision.Imaging.Files;

namespace MLNetVision.Imaging.Annotations.Json;

/// <summary>Reads fields of annotation records; the errors name the field.</summary>
internal static class JsonFields
{
    public static JsonDocument ParseFile(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return JsonDocument.Parse(file); // over a byte order mark, unlike bytes
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is not valid JSON: {e.Message}", e);
        }
    }

    public static JsonElement Required(this JsonElement element, string name) =>
        element.TryField(name, out JsonElement value)
            ? value
            : throw new InvalidDataException($"the field '{name}' is missing");

    public static string Text(this JsonElement element, string name) =>
        element.Required(name) is { ValueKind: JsonValueKind.String } value
            ? AsText(value, name)
            : throw new InvalidDataException($"the field '{name}' is not text");

    public static long Whole(this JsonElement element, string name) =>
        element.Required(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out long number)
            ? number
            : throw new InvalidDataException($"the field '{name}' is not a whole number");

    /// <summary>A size in pixels; some tools write 640.0.</summary>
    public static int Size(this JsonElement element, string name) =>
        element.Number(name) is var number && number > 0 && number <= int.MaxValue && number == Math.Floor(number)
            ? (int)number
            : throw new InvalidDataException($"the field '{name}' is {number}, not a whole number of pixels");

    public static double Number(this JsonElement element, string name) => AsNumber(element.Required(name), name);

    public static JsonElement List(this JsonElement element, string name) =>
        element.Required(name) is { ValueKind: JsonValueKind.Array } value ? value : throw new InvalidDataException($"the field '{name}' is not a list");

    public static double[] Numbers(this JsonElement list, string name) =>
        list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(item => AsNumber(item, name))]
            : throw new InvalidDataException($"the field '{name}' is not a list of numbers");

    /// <summary>COCO's iscrowd and isthing: 0 or 1, in some files a boolean; absent is the default.</summary>
    public static bool Flag(this JsonElement element, string name, bool absent) =>
        !element.TryField(name, out JsonElement value) ? absent : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when value.TryGetInt32(out int number) && number is 0 or 1 => number == 1,
            _ => throw new InvalidDataException($"the field '{name}' is {JsonExcerpt.Of(value)}, where 0 or 1 was expected"),
        };

    /// <exception cref="InvalidDataException">Bytes of another encoding, or half of a character that is written as two.</exception>
    public static string AsText(JsonElement value, string name)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"the field '{name}' is not valid text", e);
        }
    }

    private static double AsNumber(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw new InvalidDataException($"the field '{name}' has {JsonExcerpt.Of(value)}, where a number was expected");
}
