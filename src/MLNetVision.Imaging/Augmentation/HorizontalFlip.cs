using System.Runtime.InteropServices;
using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Imaging.Augmentation;

/// <summary>Mirrors a picture left to right.</summary>
internal static class HorizontalFlip
{
    private readonly record struct Pixel(byte R, byte G, byte B);

    /// <summary>Mirrors in place.</summary>
    public static void Apply(RgbImage image)
    {
        for (int y = 0; y < image.Height; y++)
        {
            MemoryMarshal.Cast<byte, Pixel>(image.Row(y)).Reverse();
        }
    }
}
