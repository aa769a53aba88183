using MLNetVision.Models.Common.Imaging;
using MLNetVision.Models.Common.Masks;
using MLNetVision.Models.Common.Metrics;
using SkiaSharp;

namespace MLNetVision.Reports;

/// <summary>Paints segments over a picture for the report: each in its class's colour, with an outline.</summary>
internal static class SegmentPainter
{
    private const int Opacity = 140;
    private const int OutlineWidth = 2;

    /// <summary>One of a row of colours that differ in hue.</summary>
    public static SKColor Colour(int index) => SKColor.FromHsl(index * 137.508f % 360, 80, 50 + index % 2 * 8);

    /// <summary>A JPEG of at most <paramref name="longestSide"/> pixels.</summary>
    /// <param name="picture">The picture, of the masks' size or another; null: painted on grey.</param>
    /// <param name="height">The masks' height.</param>
    /// <param name="width">The masks' width.</param>
    /// <param name="segments">What is painted, in this order.</param>
    /// <param name="colours">The colour of each class; crowd regions are grey.</param>
    /// <param name="longestSide">Larger pictures are made smaller.</param>
    public static byte[] Paint(RgbImage? picture, int height, int width, IEnumerable<Segment> segments, IReadOnlyDictionary<int, SKColor> colours, int longestSide)
    {
        using SKBitmap bitmap = Canvas(picture, height, width);
        Span<byte> pixels = PixelsOf(bitmap);
        foreach (Segment segment in segments)
        {
            SKColor colour = segment.IsCrowd ? new SKColor(0x80, 0x80, 0x80) : colours[segment.Class];
            Blend(pixels, segment.Mask!, colour, Opacity);
            Blend(pixels, segment.Mask!.Boundary(OutlineWidth), colour, 255);
        }

        double scale = Math.Min(1, (double)longestSide / Math.Max(height, width));
        using SKBitmap small = bitmap.Resize(new SKImageInfo(Math.Max(1, (int)(width * scale)), Math.Max(1, (int)(height * scale))), SKFilterQuality.High);
        using SKData data = small.Encode(SKEncodedImageFormat.Jpeg, 88);
        return data.ToArray();
    }

    private static SKBitmap Canvas(RgbImage? picture, int height, int width)
    {
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        if (picture is null)
        {
            var grey = new SKBitmap(info);
            grey.Erase(new SKColor(0xd0, 0xd0, 0xd0));
            return grey;
        }

        var bitmap = new SKBitmap(info.WithSize(picture.Width, picture.Height));
        Span<byte> target = PixelsOf(bitmap);
        ReadOnlySpan<byte> source = picture.Pixels;
        for (int i = 0, j = 0; j < source.Length; i += 4, j += 3)
        {
            (target[i], target[i + 1], target[i + 2], target[i + 3]) = (source[j], source[j + 1], source[j + 2], 255);
        }

        if (picture.Width == width && picture.Height == height)
        {
            return bitmap;
        }

        using (bitmap)
        {
            return bitmap.Resize(info, SKFilterQuality.High);
        }
    }

    private static unsafe Span<byte> PixelsOf(SKBitmap bitmap) => new((void*)bitmap.GetPixels(), bitmap.ByteCount);

    private static void Blend(Span<byte> pixels, RunLengthMask mask, SKColor colour, int opacity)
    {
        byte[] set = mask.ToRowMajor();
        for (int next = set.AsSpan().IndexOf((byte)1); next >= 0;)
        {
            Span<byte> pixel = pixels.Slice(4 * next, 3);
            pixel[0] += (byte)((colour.Red - pixel[0]) * opacity / 255);
            pixel[1] += (byte)((colour.Green - pixel[1]) * opacity / 255);
            pixel[2] += (byte)((colour.Blue - pixel[2]) * opacity / 255);
            int step = set.AsSpan(next + 1).IndexOf((byte)1);
            next = step < 0 ? -1 : next + 1 + step;
        }
    }
}
