using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Rendering;
using SkiaSharp;

namespace MLNetVision.Reports;

/// <summary>Paints segments over a picture for the report: each in its class's colour, with an outline.</summary>
internal static class SegmentPainter
{
    private const double Opacity = 0.55;
    private const int OutlineWidth = 2;
    private static readonly SKColor Crowd = new(0x80, 0x80, 0x80);

    /// <summary>A JPEG of at most <paramref name="longestSide"/> pixels.</summary>
    /// <param name="picture">The picture, of the masks' size or another; null: painted on grey.</param>
    /// <param name="height">The masks' height.</param>
    /// <param name="width">The masks' width.</param>
    /// <param name="segments">What is painted, in this order.</param>
    /// <param name="colours">The colour of each class; crowd regions are grey.</param>
    /// <param name="longestSide">Larger pictures are made smaller.</param>
    public static byte[] Paint(RgbImage? picture, int height, int width, IEnumerable<Segment> segments, IReadOnlyDictionary<int, SKColor> colours, int longestSide)
    {
        using SKBitmap bitmap = Background(picture, new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        {
            foreach (Segment segment in segments)
            {
                SegmentationOverlay.DrawSegment(canvas, segment.Mask!, segment.IsCrowd ? Crowd : colours[segment.Class], Opacity, OutlineWidth);
            }
        }

        double scale = Math.Min(1, (double)longestSide / Math.Max(height, width));
        using SKBitmap small = bitmap.Resize(new SKImageInfo(Math.Max(1, (int)(width * scale)), Math.Max(1, (int)(height * scale))), SKFilterQuality.High);
        using SKData data = small.Encode(SKEncodedImageFormat.Jpeg, 88);
        return data.ToArray();
    }

    private static SKBitmap Background(RgbImage? picture, SKImageInfo info)
    {
        if (picture is null)
        {
            var grey = new SKBitmap(info);
            grey.Erase(new SKColor(0xd0, 0xd0, 0xd0));
            return grey;
        }

        SKBitmap bitmap = SkiaImages.ToBitmap(picture);
        if (bitmap.Info.Size == info.Size)
        {
            return bitmap;
        }

        using (bitmap)
        {
            return bitmap.Resize(info, SKFilterQuality.High);
        }
    }
}
