using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Imaging.Augmentation;

/// <summary>Variations that mix each pixel with its grey or with its neighbours, in place.</summary>
internal static class PixelMixing
{
    // ITU-R 601 luma in 1/65536, as Pillow's conversion to grey has it.
    private const int RedWeight = 19595;
    private const int GreenWeight = 38470;
    private const int BlueWeight = 7471;
    private const int Bits = 8;

    /// <summary>The mean of the picture's grey values.</summary>
    public static double MeanGrey(RgbImage image)
    {
        ReadOnlySpan<byte> pixels = image.Pixels;
        long sum = 0;
        for (int i = 0; i < pixels.Length; i += RgbImage.Channels)
        {
            sum += Grey(pixels, i);
        }

        return sum / (double)(pixels.Length / RgbImage.Channels);
    }

    /// <summary>Moves each pixel away from its grey (factor above 1) or towards it (below 1; 0 is a grey picture).</summary>
    public static void Saturation(RgbImage image, double factor)
    {
        Span<byte> pixels = image.Pixels;
        int weight = ToWeight(factor);
        for (int i = 0; i < pixels.Length; i += RgbImage.Channels)
        {
            int grey = Grey(pixels, i);
            for (int c = 0; c < RgbImage.Channels; c++)
            {
                pixels[i + c] = Extrapolate(grey, pixels[i + c], weight);
            }
        }
    }

    /// <summary>Moves each inner pixel away from its smoothed value (factor above 1) or towards it (below 1).</summary>
    public static void Sharpness(RgbImage image, double factor)
    {
        int stride = image.Width * RgbImage.Channels;
        ReadOnlySpan<byte> source = image.Clone().Pixels;
        Span<byte> pixels = image.Pixels;
        int weight = ToWeight(factor);
        for (int y = 1; y < image.Height - 1; y++)
        {
            int end = (y + 1) * stride - RgbImage.Channels;
            for (int i = y * stride + RgbImage.Channels; i < end; i++)
            {
                // Pillow's SMOOTH kernel: eight neighbours of weight 1 around a centre of 5.
                int above = source[i - stride - 3] + source[i - stride] + source[i - stride + 3];
                int below = source[i + stride - 3] + source[i + stride] + source[i + stride + 3];
                int smooth = (above + below + source[i - 3] + source[i + 3] + 5 * source[i] + 6) / 13;
                pixels[i] = Extrapolate(smooth, source[i], weight);
            }
        }
    }

    private static int Grey(ReadOnlySpan<byte> pixels, int i) =>
        (pixels[i] * RedWeight + pixels[i + 1] * GreenWeight + pixels[i + 2] * BlueWeight + 0x8000) >> 16;

    private static int ToWeight(double factor) => (int)Math.Round(factor * (1 << Bits));

    private static byte Extrapolate(int from, int value, int weight) =>
        (byte)Math.Clamp(from + (((value - from) * weight + (1 << (Bits - 1))) >> Bits), 0, 255);
}
