using System.Globalization;
using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;

namespace MLNetVision.Imaging.Annotations.Coco;

/// <summary>The field <c>score</c>, which predictions have and annotations have not.</summary>
internal static class CocoScore
{
    /// <summary>The score, which may be written as a text; null without one, or where it is no finite number.</summary>
    public static double? Of(JsonElement annotation)
    {
        double? score = annotation.Optional("score") switch
        {
            { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
            { ValueKind: JsonValueKind.String } text when double.TryParse(JsonFields.AsText(text, "score"), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
            _ => null,
        };
        return score is { } found && double.IsFinite(found) ? found : null;
    }
}
