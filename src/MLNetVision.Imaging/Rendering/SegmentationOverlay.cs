using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;
using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>Draws a picture's segments over it: colours, outlines, names and a list of the classes.</summary>
public static class SegmentationOverlay
{
    /// <summary>Draws to pixels.</summary>
    /// <param name="image">The picture, which is not changed; a photo file is turned upright, as pipelines and loaders do by default.</param>
    /// <param name="result">Its segments, of the picture's size.</param>
    /// <param name="options">The drawing.</param>
    /// <returns>A new picture, wider than the first where it has a legend.</returns>
    /// <exception cref="ArgumentException">The segments are of another size than the picture.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">The picture cannot be decoded.</exception>
    public static RgbImage Render(ImageSource image, SegmentationResult result, SegmentationOverlayOptions? options = null)
    {
        using SKBitmap drawn = Draw(Load(image), result, options ?? new SegmentationOverlayOptions());
        return SkiaImages.ToImage(drawn);
    }

    /// <summary>Draws to the bytes of a PNG file.</summary>
    /// <inheritdoc cref="Render"/>
    public static byte[] ToPng(ImageSource image, SegmentationResult result, SegmentationOverlayOptions? options = null)
    {
        using SKBitmap drawn = Draw(Load(image), result, options ?? new SegmentationOverlayOptions());
        using SKData data = drawn.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>Draws to a PNG file.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="image">The picture, which is not changed; a photo file is turned upright, as pipelines and loaders do by default.</param>
    /// <param name="result">Its segments, of the picture's size.</param>
    /// <param name="options">The drawing.</param>
    /// <exception cref="ArgumentException">The segments are of another size than the picture.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">The picture cannot be decoded.</exception>
    public static void SavePng(string path, ImageSource image, SegmentationResult result, SegmentationOverlayOptions? options = null) =>
        AtomicFile.Write(path, ToPng(image, result, options));

    internal static void CheckSize(RgbImage image, SegmentationResult result)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(result);
        if ((image.Height, image.Width) != (result.Height, result.Width))
        {
            throw new ArgumentException(
                $"The segments are of a picture of {result.Height} x {result.Width}, the picture is {image.Height} x {image.Width} (height x width).", nameof(result));
        }
    }

    internal static SKColor ColourOf(PredictedSegment segment, SegmentationOverlayOptions options) =>
        SegmentColours.Of(options.Colouring == SegmentColouring.ByClass ? segment.LabelId : segment.Id);

    /// <summary>Fills a segment and draws its outline.</summary>
    internal static void DrawSegment(SKCanvas canvas, RunLengthMask mask, SKColor colour, double opacity, int outlineWidth)
    {
        SKRectI box = SkiaImages.Rectangle(mask.Box);
        if (box.Width == 0 || box.Height == 0)
        {
            return;
        }

        using var paint = new SKPaint { Color = colour.WithAlpha((byte)Math.Round(opacity * 255)) };
        using (SKBitmap fill = SkiaImages.ToAlpha(mask, box))
        {
            canvas.DrawBitmap(fill, box.Left, box.Top, paint);
        }

        if (outlineWidth > 0)
        {
            paint.Color = colour;
            using SKBitmap outline = SkiaImages.ToAlpha(mask.Boundary(outlineWidth), box);
            canvas.DrawBitmap(outline, box.Left, box.Top, paint);
        }
    }

    private static RgbImage Load(ImageSource image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return image.Load(ExifOrientation.Apply);
    }

    private static SKBitmap Draw(RgbImage image, SegmentationResult result, SegmentationOverlayOptions options)
    {
        CheckSize(image, result);
        options.Validate();
        float size = options.TextSizeIn(image);
        OverlayLegend? legend = options.Legend && result.Segments.Count > 0 ? new OverlayLegend(result, options, size) : null;
        var drawn = new SKBitmap(new SKImageInfo(
            image.Width + (legend?.Width ?? 0), Math.Max(image.Height, legend?.Height ?? 0), SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(drawn);
        canvas.Clear(SKColors.White);
        using (SKBitmap picture = SkiaImages.ToBitmap(image))
        {
            canvas.DrawBitmap(picture, 0, 0);
        }

        // The first of overlapping segments is the surest and lies on top.
        foreach (PredictedSegment segment in result.Segments.Reverse())
        {
            DrawSegment(canvas, segment.Mask, ColourOf(segment, options), options.Opacity, options.OutlineWidth);
        }

        if (options.Boxes)
        {
            DrawBoxes(canvas, result, options, lineWidth: Math.Max(1, MathF.Round(size / 10)));
        }

        if (options.Labels)
        {
            OverlayLabels.Draw(canvas, image.Width, image.Height, result, options, size);
        }

        legend?.Draw(canvas, image.Width);
        return drawn;
    }

    private static void DrawBoxes(SKCanvas canvas, SegmentationResult result, SegmentationOverlayOptions options, float lineWidth)
    {
        using var paint = new SKPaint { Style = SKPaintStyle.Stroke, StrokeWidth = lineWidth };
        foreach (PredictedSegment segment in result.Segments.Where(segment => !segment.Mask.IsEmpty))
        {
            BoundingBox box = segment.Box;
            paint.Color = ColourOf(segment, options);
            canvas.DrawRect((float)box.X + lineWidth / 2, (float)box.Y + lineWidth / 2, (float)box.Width - lineWidth, (float)box.Height - lineWidth, paint);
        }
    }
}
