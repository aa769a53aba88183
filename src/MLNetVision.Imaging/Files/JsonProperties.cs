using System.Text.Json;

namespace MLNetVision.Imaging.Files;

/// <summary>Finds properties in files of strangers.</summary>
internal static class JsonProperties
{
    /// <summary>A property of an object; false where there is none, or no object.</summary>
    /// <exception cref="InvalidDataException">A name among the properties is not valid text, such as half of a character that is written as two.</exception>
    public static bool TryField(this JsonElement element, string name, out JsonElement value)
    {
        value = default;
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException("the name of a field is not valid text", e);
        }
    }
}
