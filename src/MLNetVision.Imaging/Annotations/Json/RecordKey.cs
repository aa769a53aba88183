using System.Globalization;
using System.Text.Json;

namespace MLNetVision.Imaging.Annotations.Json;

/// <summary>
/// An id as annotation files have it: a whole number, which some programs write as 1.0 or as the text "1", or else a text. All
/// spellings of one number are one id, because the lists of a file often come from different programs.
/// </summary>
/// <param name="Number">The number; 0 for a text.</param>
/// <param name="Text">The text; null for a number.</param>
internal readonly record struct RecordKey(long Number, string? Text)
{
    /// <summary>Whole numbers up to here are exact in Double, as which 1.0 is read.</summary>
    private const double LargestExact = 1L << 53;

    /// <summary>The id of a number; null unless it is whole.</summary>
    public static RecordKey? Of(double number) =>
        Math.Abs(number) <= LargestExact && number == Math.Floor(number) ? new RecordKey((long)number, null) : null;

    /// <summary>The id of a text.</summary>
    public static RecordKey Of(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number.ToString(CultureInfo.InvariantCulture) == text
            ? new RecordKey(number, null)
            : new RecordKey(0, text);

    /// <summary>The id of a value; null if it is neither a whole number nor readable text.</summary>
    public static RecordKey? Of(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                return value.TryGetInt64(out long whole) ? new RecordKey(whole, null) : value.TryGetDouble(out double number) ? Of(number) : null;
            case JsonValueKind.String:
                try
                {
                    return Of(value.GetString()!);
                }
                catch (InvalidOperationException)
                {
                    return null; // bytes of another encoding
                }

            default:
                return null;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Text ?? Number.ToString(CultureInfo.InvariantCulture);
}
