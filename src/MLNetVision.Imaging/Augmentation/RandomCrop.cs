using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Imaging.Augmentation;

/// <summary>The crop of a random area and aspect ratio (Szegedy et al. 2015, section 6), not yet resized.</summary>
internal static class RandomCrop
{
    private const double LeastAspect = 3.0 / 4;
    private const double MostAspect = 4.0 / 3;

    /// <summary>Draws the crop; where none fits, the largest centred one of an allowed aspect ratio.</summary>
    public static PixelArea Draw(int width, int height, double minimumArea, RandomStream random) =>
        PixelArea.Draw(width, height, (minimumArea, 1), (LeastAspect, MostAspect), random) ?? Central(width, height);

    /// <summary>The pixels of a box as a picture of their own.</summary>
    public static RgbImage Cut(RgbImage image, PixelArea box)
    {
        var cut = new RgbImage(box.Width, box.Height);
        for (int y = 0; y < box.Height; y++)
        {
            image.Row(box.Y + y).Slice(box.X * RgbImage.Channels, box.Width * RgbImage.Channels).CopyTo(cut.Row(y));
        }

        return cut;
    }

    private static PixelArea Central(int width, int height)
    {
        int boxWidth = Math.Clamp((int)Math.Round(height * MostAspect), 1, width);
        int boxHeight = Math.Clamp((int)Math.Round(width / LeastAspect), 1, height);
        return new PixelArea((width - boxWidth) / 2, (height - boxHeight) / 2, boxWidth, boxHeight);
    }
}
