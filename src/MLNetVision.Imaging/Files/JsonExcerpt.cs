using System.Text.Json;

namespace MLNetVision.Imaging.Files;

/// <summary>A value of a JSON file as a message shows it: its beginning, whatever it holds.</summary>
internal static class JsonExcerpt
{
    private const int Longest = 80;

    public static string Of(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Undefined)
        {
            return "nothing";
        }

        try
        {
            string text = element.GetRawText();
            return text.Length <= Longest ? text : text[..Longest] + "…";
        }
        catch (InvalidOperationException)
        {
            return "text that is not valid"; // bytes of another encoding
        }
    }
}
