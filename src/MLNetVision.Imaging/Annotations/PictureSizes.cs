using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;
using MLNetVision.Imaging.Pictures.Limits;

namespace MLNetVision.Imaging.Annotations;

/// <summary>Reads the sizes of pictures that annotations state.</summary>
internal static class PictureSizes
{
    /// <exception cref="InvalidDataException">A side is no whole number of pixels, or the picture is larger than any that is decoded.</exception>
    public static (int Height, int Width) PictureSize(this JsonElement element, string heightName, string widthName)
    {
        (int height, int width) = (element.Size(heightName), element.Size(widthName));
        PictureLimits.Check("the picture", width, height);
        return (height, width);
    }
}
