using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Imaging.Augmentation;

/// <summary>Changes brightness, contrast and saturation by random factors in a random order.</summary>
internal static class ColorJitter
{
    /// <summary>Changes the picture in place.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="strength">j: each factor is drawn from 1 − j to 1 + j.</param>
    /// <param name="random">Where factors and order come from.</param>
    public static void Apply(RgbImage image, double strength, RandomStream random)
    {
        Action<RgbImage, double>[] changes = [PixelTables.Brightness, PixelTables.Contrast, PixelMixing.Saturation];
        random.Shuffle(changes.AsSpan());
        foreach (Action<RgbImage, double> change in changes)
        {
            change(image, random.Uniform(1 - strength, 1 + strength));
        }
    }
}
