using System.Numerics.Tensors;
using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Imaging.Augmentation;

/// <summary>Variations that map each value of a channel to another: a table of 256 entries a channel, applied in place.</summary>
internal static class PixelTables
{
    private const int Levels = 256;

    /// <summary>255 − value.</summary>
    public static void Invert(RgbImage image) => TensorPrimitives.OnesComplement<byte>(image.Pixels, image.Pixels);

    /// <summary>Keeps the highest bits of each value.</summary>
    public static void Posterize(RgbImage image, int bits)
    {
        byte mask = (byte)(0xFF << (8 - Math.Clamp(bits, 0, 8)));
        TensorPrimitives.BitwiseAnd(image.Pixels, mask, image.Pixels);
    }

    /// <summary>Inverts the values from a threshold on.</summary>
    public static void Solarize(RgbImage image, int threshold) => Map(image, value => value < threshold ? value : 255 - value);

    /// <summary>Adds to the values below 128.</summary>
    public static void SolarizeAdd(RgbImage image, int addend) => Map(image, value => value < 128 ? Math.Min(255, value + addend) : value);

    /// <summary>Multiplies by a factor.</summary>
    public static void Brightness(RgbImage image, double factor) => Map(image, value => (int)Math.Round(value * factor));

    /// <summary>Moves values away from the picture's mean grey (factor above 1) or towards it (below 1).</summary>
    public static void Contrast(RgbImage image, double factor)
    {
        double grey = Math.Round(PixelMixing.MeanGrey(image));
        Map(image, value => (int)Math.Round(grey + factor * (value - grey)));
    }

    /// <summary>Stretches each channel to the full range.</summary>
    public static void AutoContrast(RgbImage image) => MapChannels(image, histogram =>
    {
        int low = Array.FindIndex(histogram, count => count > 0);
        int high = Array.FindLastIndex(histogram, count => count > 0);
        return value => high == low ? value : (int)Math.Round(255.0 * (value - low) / (high - low));
    });

    /// <summary>Gives each channel as flat a histogram as a table can.</summary>
    public static void Equalize(RgbImage image) => MapChannels(image, histogram =>
    {
        int top = Array.FindLastIndex(histogram, count => count > 0);
        int step = (histogram.Sum() - histogram[top]) / (Levels - 1);
        var below = new int[Levels];
        for (int value = 1; value < Levels; value++)
        {
            below[value] = below[value - 1] + histogram[value - 1];
        }

        return value => step == 0 ? value : (below[value] + step / 2) / step;
    });

    private static void Map(RgbImage image, Func<int, int> map)
    {
        Span<byte> table = stackalloc byte[Levels];
        Fill(table, map);
        foreach (ref byte value in image.Pixels)
        {
            value = table[value];
        }
    }

    private static void MapChannels(RgbImage image, Func<int[], Func<int, int>> map)
    {
        Span<byte> pixels = image.Pixels;
        Span<byte> table = stackalloc byte[Levels];
        for (int channel = 0; channel < RgbImage.Channels; channel++)
        {
            var histogram = new int[Levels];
            for (int i = channel; i < pixels.Length; i += RgbImage.Channels)
            {
                histogram[pixels[i]]++;
            }

            Fill(table, map(histogram));
            for (int i = channel; i < pixels.Length; i += RgbImage.Channels)
            {
                pixels[i] = table[pixels[i]];
            }
        }
    }

    private static void Fill(Span<byte> table, Func<int, int> map)
    {
        for (int value = 0; value < table.Length; value++)
        {
            table[value] = (byte)Math.Clamp(map(value), 0, 255);
        }
    }
}
