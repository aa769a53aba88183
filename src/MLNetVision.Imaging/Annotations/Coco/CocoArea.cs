using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;
using MLNetVision.Imaging.Files;

namespace MLNetVision.Imaging.Annotations.Coco;

/// <summary>The area that an annotation states, which nothing needs where there is a mask or a box.</summary>
internal static class CocoArea
{
    /// <summary>The area; null where none is stated, or something that is no area, which is noted.</summary>
    public static double? Of(JsonElement annotation, AnnotationNotes notes, Func<JsonElement, string> nameOf)
    {
        if (annotation.Optional("area") is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double area) && double.IsFinite(area) && area >= 0)
        {
            return area;
        }

        notes.Remark($"{nameOf(annotation)}: the field 'area' is {JsonExcerpt.Of(value)}; the area is measured");
        return null;
    }
}
