using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;

namespace MLNetVision.Imaging.Annotations.Coco;

/// <summary>The field <c>score</c>, which predictions have and annotations have not.</summary>
internal static class CocoScore
{
    /// <summary>The score; null without one, or where it is no number.</summary>
    public static double? Of(JsonElement annotation) => annotation.Optional("score") is { ValueKind: JsonValueKind.Number } score ? score.GetDouble() : null;
}
