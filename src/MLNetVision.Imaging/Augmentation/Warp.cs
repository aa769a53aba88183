using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Imaging.Augmentation;

/// <summary>Bilinear resampling of a picture along an affine map and, optionally, an elastic field.</summary>
internal static class Warp
{
    // Eight bits of fraction are as fine as a picture's bytes, and whole numbers round alike on every processor. The models'
    // bilinear sampling (SampleCorners, PointFeatures, BilinearMap) reads float maps and rounds as torch does: not a twin.
    private const int FractionBits = 8;
    private const int One = 1 << FractionBits;
    private const int Half = 1 << (2 * FractionBits - 1);

    /// <summary>A warped picture of the same size; what comes from outside has the fill's colour.</summary>
    public static RgbImage Apply(RgbImage image, AffineMap map, ElasticField? elastic, RgbColor fill)
    {
        int width = image.Width;
        int height = image.Height;
        var result = new RgbImage(width, height);
        var sourceX = new float[width];
        var sourceY = new float[width];
        double centreX = width * 0.5;
        double centreY = height * 0.5;
        for (int y = 0; y < height; y++)
        {
            // Pixel (0, 0) covers the square from (0, 0) to (1, 1): its centre is at a half.
            double down = y + 0.5 - centreY;
            double startX = map.XY * down + map.XX * (0.5 - centreX) + centreX + map.ShiftX * width - 0.5;
            double startY = map.YY * down + map.YX * (0.5 - centreX) + centreY + map.ShiftY * height - 0.5;
            for (int x = 0; x < width; x++)
            {
                sourceX[x] = (float)(startX + map.XX * x);
                sourceY[x] = (float)(startY + map.YX * x);
            }

            elastic?.AddRow(y, height, sourceX, sourceY);
            SampleRow(image, sourceX, sourceY, fill, result.Row(y));
        }

        return result;
    }

    private static void SampleRow(RgbImage image, ReadOnlySpan<float> sourceX, ReadOnlySpan<float> sourceY, RgbColor fill, Span<byte> target)
    {
        ReadOnlySpan<byte> pixels = image.Pixels;
        ReadOnlySpan<byte> outside = [fill.R, fill.G, fill.B];
        int stride = image.Width * RgbImage.Channels;
        for (int x = 0; x < sourceX.Length; x++)
        {
            int fixedX = ToFixed(sourceX[x], image.Width);
            int fixedY = ToFixed(sourceY[x], image.Height);
            int left = fixedX >> FractionBits;
            int top = fixedY >> FractionBits;
            int across = fixedX & (One - 1);
            int down = fixedY & (One - 1);
            Span<byte> pixel = target.Slice(x * RgbImage.Channels, RgbImage.Channels);
            if (left >= 0 && top >= 0 && left < image.Width - 1 && top < image.Height - 1)
            {
                int corner = top * stride + left * RgbImage.Channels;
                Blend(pixels[corner..], pixels[(corner + RgbImage.Channels)..], pixels[(corner + stride)..], pixels[(corner + stride + RgbImage.Channels)..], across, down, pixel);
            }
            else
            {
                Blend(At(image, left, top, outside), At(image, left + 1, top, outside), At(image, left, top + 1, outside), At(image, left + 1, top + 1, outside), across, down, pixel);
            }
        }
    }

    /// <summary>A coordinate in 1/256 pixels; far outside it stops one pixel beyond the picture, where all is fill.</summary>
    private static int ToFixed(float coordinate, int size) => (int)MathF.Floor(Math.Clamp(coordinate, -2, size + 1) * One + 0.5f);

    private static ReadOnlySpan<byte> At(RgbImage image, int x, int y, ReadOnlySpan<byte> outside) =>
        (uint)x < (uint)image.Width && (uint)y < (uint)image.Height ? image.Row(y)[(x * RgbImage.Channels)..] : outside;

    private static void Blend(
        ReadOnlySpan<byte> topLeft, ReadOnlySpan<byte> topRight, ReadOnlySpan<byte> bottomLeft, ReadOnlySpan<byte> bottomRight, int across, int down, Span<byte> pixel)
    {
        for (int c = 0; c < RgbImage.Channels; c++)
        {
            int top = topLeft[c] * (One - across) + topRight[c] * across;
            int bottom = bottomLeft[c] * (One - across) + bottomRight[c] * across;
            pixel[c] = (byte)((top * (One - down) + bottom * down + Half) >> (2 * FractionBits));
        }
    }
}
