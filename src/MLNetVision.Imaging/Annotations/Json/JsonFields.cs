using System.Text.Json;
using MLNetVision.Imaging.Files;

namespace MLNetVision.Imaging.Annotations.Json;

/// <summary>Reads fields of annotation records; the errors name the field.</summary>
internal static class JsonFields
{
    /// <summary>Parses a small file, of any encoding that its byte order mark tells and with what <see cref="LooseJson"/> mends.</summary>
    /// <exception cref="InvalidDataException">It is no JSON.</exception>
    public static JsonDocument ParseFile(string path)
    {
        byte[] bytes = EncodedText.ReadUtf8(path);
        try
        {
            return JsonDocument.Parse(bytes);
        }
        catch (JsonException e)
        {
            try
            {
                return JsonDocument.Parse(LooseJson.Mend(bytes));
            }
            catch (JsonException)
            {
                throw new InvalidDataException($"'{path}' is not valid JSON: {e.Message}", e);
            }
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

    /// <summary>The value of a field that may be absent or null; null then.</summary>
    public static JsonElement? Optional(this JsonElement element, string name) =>
        element.TryField(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A whole number, which may be written as 1.0 or as text.</summary>
    public static long Whole(this JsonElement element, string name) =>
        RecordKey.Of(element.Required(name)) is { Text: null } key ? key.Number : throw new InvalidDataException($"the field '{name}' is not a whole number");

    /// <summary>An id.</summary>
    public static RecordKey Key(this JsonElement element, string name)
    {
        JsonElement value = element.Required(name);
        return RecordKey.Of(value) ?? throw new InvalidDataException($"the field '{name}' is {JsonExcerpt.Of(value)}, where a whole number or a text was expected");
    }

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

    /// <summary>COCO's iscrowd and isthing: 0 or 1, in some files a boolean, 1.0 or text; absent or null is the default.</summary>
    public static bool Flag(this JsonElement element, string name, bool absent) =>
        element.Optional(name) is not { } value ? absent : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ when RecordKey.Of(value) is { Text: null, Number: 0 or 1 } key => key.Number == 1,
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

    /// <summary>Python's NaN and infinities as <see cref="LooseJson"/> leaves them, and null.</summary>
    public static bool IsNoNumber(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.Null
                || (value.ValueKind == JsonValueKind.String && (value.ValueEquals("NaN"u8) || value.ValueEquals("Infinity"u8) || value.ValueEquals("-Infinity"u8)));
        }
        catch (InvalidOperationException)
        {
            return false; // text that is not valid
        }
    }

    private static double AsNumber(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw new InvalidDataException($"the field '{name}' has {JsonExcerpt.Of(value)}, where a number was expected");
}
