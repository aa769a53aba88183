using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.Imaging.Rendering;

/// <summary>Loads the picture that segments are drawn over: upright, or as it is stored where the segments are for that.</summary>
internal static class PictureOfSegments
{
    /// <exception cref="InvalidDataException">It cannot be decoded, or has another size either way.</exception>
    /// <exception cref="IOException">Its file cannot be read.</exception>
    public static RgbImage Load(ImageSource source, int height, int width)
    {
        RgbImage picture = source.Load();
        if ((picture.Height, picture.Width) == (height, width))
        {
            return picture;
        }

        RgbImage stored = source.WithOrientation(ExifOrientation.Ignore).Load();
        return (stored.Height, stored.Width) == (height, width)
            ? stored
            : throw new InvalidDataException($"the picture is {picture.Width}×{picture.Height}, but its segments are for {width}×{height} (width×height)");
    }
}
