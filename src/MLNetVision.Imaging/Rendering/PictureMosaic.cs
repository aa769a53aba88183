using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Imaging.Rendering.Fonts;
using MLNetVision.Imaging.Segments;
using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>A picture of a mosaic.</summary>
/// <param name="Picture">The picture; null leaves its place empty.</param>
/// <param name="Caption">What stands below it.</param>
internal sealed record MosaicTile(RgbImage? Picture, string Caption)
{
    /// <summary>Whether what the caption says is right, which colours it; null for neither.</summary>
    public bool? IsRight { get; init; }

    /// <summary>What is drawn over the picture, the first of overlapping segments on top; masks of another size than the picture's are not drawn.</summary>
    public IReadOnlyList<Segment> Segments { get; init; } = [];
}

/// <summary>Draws pictures side by side in a square of equal places, small ones larger and large ones smaller, each with a line below it.</summary>
internal static class PictureMosaic
{
    private const int Gap = 8;
    private const float TextSize = 12;
    private const int CaptionHeight = 20;
    private static readonly SKColor Paper = new(0xf4, 0xf5, 0xf6), Empty = new(0xdd, 0xdf, 0xe2), Ink = new(0x24, 0x27, 0x2b), Right = new(0x1d, 0x7a, 0x3e), Wrong = new(0xc0, 0x2f, 0x2a);

    /// <summary>Draws to the bytes of a JPEG file.</summary>
    /// <param name="tiles">The pictures.</param>
    /// <param name="side">The longest side that a picture gets.</param>
    /// <param name="options">How segments are drawn.</param>
    public static byte[] ToJpeg(IReadOnlyList<MosaicTile> tiles, int side, SegmentationOverlayOptions? options = null)
    {
        int columns = Math.Max(1, (int)Math.Ceiling(Math.Sqrt(tiles.Count)));
        int rows = Math.Max(1, (tiles.Count + columns - 1) / columns);
        (int stepX, int stepY) = (side + Gap, side + CaptionHeight + Gap);
        using var drawn = new SKBitmap(new SKImageInfo(columns * stepX + Gap, rows * stepY + Gap, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(drawn))
        {
            canvas.Clear(Paper);
            for (int i = 0; i < tiles.Count; i++)
            {
                Draw(canvas, tiles[i], Gap + i % columns * stepX, Gap + i / columns * stepY, side, options ?? new SegmentationOverlayOptions());
            }
        }

        using SKData data = drawn.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();
    }

    private static void Draw(SKCanvas canvas, MosaicTile tile, int left, int top, int side, SegmentationOverlayOptions options)
    {
        if (tile.Picture is { } picture)
        {
            double scale = (double)side / Math.Max(picture.Width, picture.Height);
            (int width, int height) = (Math.Max(1, (int)Math.Round(picture.Width * scale)), Math.Max(1, (int)Math.Round(picture.Height * scale)));
            using SKBitmap bitmap = Scaled(picture, width, height, tile.Segments, options);
            canvas.DrawBitmap(bitmap, left + (side - width) / 2, top + (side - height) / 2);
        }
        else
        {
            using var paint = new SKPaint { Color = Empty };
            canvas.DrawRect(left, top, side, side, paint);
        }

        string caption = Fit(tile.Caption, side);
        TextFont.Draw(canvas, caption, left, top + side + CaptionHeight / 2f, TextSize, tile.IsRight switch { true => Right, false => Wrong, null => Ink });
    }

    // Segments are drawn in the size that is shown, so that outlines and names are as fine on a small picture as on a large one.
    private static SKBitmap Scaled(RgbImage picture, int width, int height, IReadOnlyList<Segment> segments, SegmentationOverlayOptions options)
    {
        using SKBitmap whole = SkiaImages.ToBitmap(picture);
        SKBitmap resized = whole.Resize(whole.Info.WithSize(width, height), SKFilterQuality.High);
        PredictedSegment[] drawn = [.. segments.Where(segment => segment.Mask is { } mask && (mask.Width, mask.Height) == (picture.Width, picture.Height))
            .Select((segment, i) => new PredictedSegment(i + 1, segment.Class, (float)segment.Score, Scaled(segment.Mask!, width, height)))];
        if (drawn.Length == 0)
        {
            return resized;
        }

        using (resized)
        {
            return SkiaImages.ToBitmap(SegmentationOverlay.Render(SkiaImages.ToImage(resized), new SegmentationResult(height, width, drawn), options with { Legend = false, TextSize = TextSize }));
        }
    }

    private static RunLengthMask Scaled(RunLengthMask mask, int width, int height) =>
        RunLengthMask.FromRowMajor(LabelMapResizer.Resize<byte>(mask.ToRowMajor(), mask.Width, mask.Height, width, height), height, width);

    private static string Fit(string text, int width)
    {
        if (TextFont.Width(text, TextSize) <= width)
        {
            return text;
        }

        int length = text.Length;
        while (length > 1 && TextFont.Width(string.Concat(text.AsSpan(0, length), "…"), TextSize) > width)
        {
            length--;
        }

        return string.Concat(text.AsSpan(0, length), "…");
    }
}
