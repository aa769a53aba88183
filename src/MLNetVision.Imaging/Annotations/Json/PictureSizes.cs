using System.Text.Json;
using MLNetVision.Imaging.Pictures.Limits;

namespace MLNetVision.Imaging.Annotations.Json;

/// <summary>Reads the sizes of pictures that annotations state.</summary>
internal static class PictureSizes
{
    /// <summary>The size that a record states; null where a side is absent, null or 0, as exporters write that do not know it.</summary>
    /// <exception cref="InvalidDataException">A side is no whole number of pixels, or the picture is larger than any that is decoded.</exception>
    public static (int Height, int Width)? PictureSize(this JsonElement element, string heightName, string widthName)
    {
        if (IsUnknown(element, heightName) || IsUnknown(element, widthName))
        {
            return null;
        }

        (int height, int width) = (element.Size(heightName), element.Size(widthName));
        PictureLimits.Check("the picture", width, height);
        return (height, width);
    }

    private static bool IsUnknown(JsonElement element, string name) =>
        element.Optional(name) is not { } value || (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == 0);
}
