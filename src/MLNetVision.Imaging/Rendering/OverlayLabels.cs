using MLNetVision.Imaging.Segments;
using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>Writes names into segments, each where its segment is widest and no other name is.</summary>
internal static class OverlayLabels
{
    public static void Draw(SKCanvas canvas, int width, int height, SegmentationResult result, SegmentationOverlayOptions options, int scale)
    {
        var taken = new List<SKRectI>();
        foreach (PredictedSegment segment in result.Segments.Where(segment => !segment.Mask.IsEmpty))
        {
            string text = options.NameOf(segment.LabelId) + (options.Scores ? $" {segment.Score:0.00}" : "");
            (int textWidth, int textHeight) = PixelFont.Measure(text, scale);
            int boxWidth = textWidth + 4 * scale, boxHeight = textHeight + 4 * scale;
            (int centreX, int centreY) = WidestPlace(segment);
            int left = Math.Clamp(centreX - boxWidth / 2, 0, Math.Max(0, width - boxWidth));
            SKRectI place = FreePlace(left, centreY - boxHeight / 2, boxWidth, boxHeight, height, taken);
            taken.Add(place);

            SKColor colour = SegmentationOverlay.ColourOf(segment, options);
            using var background = new SKPaint { Color = colour };
            canvas.DrawRect(place, background);
            PixelFont.Draw(canvas, text, place.Left + 2 * scale, place.Top + 2 * scale, scale, SegmentColours.TextOn(colour));
        }
    }

    /// <summary>The middle of the longest row of pixels; of equal ones that nearest to the segment's middle.</summary>
    private static (int X, int Y) WidestPlace(PredictedSegment segment)
    {
        SKRectI box = SkiaImages.Rectangle(segment.Box);
        ReadOnlySpan<byte> pixels = segment.Mask.ToRowMajor();
        (int Length, int Near, int X, int Y) best = default;
        for (int y = box.Top; y < box.Bottom; y++)
        {
            ReadOnlySpan<byte> row = pixels.Slice(y * segment.Mask.Width + box.Left, box.Width);
            for (int x = 0; x < row.Length;)
            {
                int start = row[x..].IndexOf((byte)1);
                if (start < 0)
                {
                    break;
                }

                start += x;
                int length = row[start..].IndexOf((byte)0);
                length = length < 0 ? row.Length - start : length;
                var candidate = (length, -Math.Abs(y - box.MidY), box.Left + start + length / 2, y);
                best = candidate.CompareTo(best) > 0 || best.Length == 0 ? candidate : best;
                x = start + length;
            }
        }

        return (best.X, best.Y);
    }

    /// <summary>The nearest free place above or below; the wished one where there is none.</summary>
    private static SKRectI FreePlace(int left, int top, int width, int height, int imageHeight, List<SKRectI> taken)
    {
        int lowest = Math.Max(0, imageHeight - height);
        int wished = Math.Clamp(top, 0, lowest);
        for (int distance = 0; distance <= imageHeight; distance++)
        {
            foreach (int y in (ReadOnlySpan<int>)[wished - distance, wished + distance])
            {
                var place = SKRectI.Create(left, y, width, height);
                if (y >= 0 && y <= lowest && !taken.Exists(other => other.IntersectsWith(place)))
                {
                    return place;
                }
            }
        }

        return SKRectI.Create(left, wished, width, height);
    }
}
