using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Rendering.Fonts;
using MLNetVision.Imaging.Segments;
using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>
/// Writes names into segments, each where its segment is widest and no other name is. A name takes at most half of the box around its
/// segment: it loses its score, gets smaller, and is left out where it could not be read.
/// </summary>
internal static class OverlayLabels
{
    /// <summary>The smallest text that is drawn, unless smaller is asked for.</summary>
    private const float SmallestSize = 8;

    /// <summary>A label's height, and what it is wider than its text, as parts of the text's size.</summary>
    private const float HeightRatio = 1.3f, MarginRatio = 0.6f;

    private sealed record Label(string Text, float Size)
    {
        public float Height { get; } = Size * HeightRatio;

        public float Width { get; } = TextFont.Width(Text, Size) + Size * MarginRatio;
    }

    public static void Draw(SKCanvas canvas, int width, int height, SegmentationResult result, SegmentationOverlayOptions options, float size)
    {
        var taken = new List<SKRect>();
        foreach (PredictedSegment segment in result.Segments.Where(segment => !segment.Mask.IsEmpty))
        {
            string name = options.NameOf(segment);
            Label?[] forms = [options.Scores ? Fit($"{name} {segment.Score:0.00}", size, size, segment.Box) : null, Fit(name, size, Math.Min(size, SmallestSize), segment.Box)];
            if (Array.Find(forms, form => form is not null) is not { } label)
            {
                continue;
            }

            SKRect place = FreePlace(WidestPlace(segment), label, segment.Box, width, height, taken);
            taken.Add(place);
            SKColor colour = SegmentationOverlay.ColourOf(segment, options);
            using var background = new SKPaint { Color = colour, IsAntialias = true };
            canvas.DrawRoundRect(place, label.Size * 0.2f, label.Size * 0.2f, background);
            TextFont.Draw(canvas, label.Text, place.Left + label.Size * MarginRatio / 2, place.MidY, label.Size, SegmentColours.TextOn(colour));
        }
    }

    /// <summary>The text in the largest size from one to another with which its label lies within a box and takes at most half of it; null if there is none.</summary>
    private static Label? Fit(string text, float largest, float smallest, BoundingBox box)
    {
        // Without hints a text's width is in proportion to its size.
        var label = new Label(text, largest);
        double share = Math.Sqrt(box.Area / 2 / (label.Width * label.Height));
        float size = largest * (float)Math.Min(Math.Min(1, share), Math.Min(box.Width / label.Width, box.Height / label.Height));
        return size == largest ? label : size >= smallest ? new Label(text, size) : null;
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

    /// <summary>The nearest free place above or below that still touches the segment's box; the wished one where there is none.</summary>
    private static SKRect FreePlace((int X, int Y) centre, Label label, BoundingBox box, int imageWidth, int imageHeight, List<SKRect> taken)
    {
        float left = Math.Clamp(centre.X - label.Width / 2, 0, Math.Max(0, imageWidth - label.Width));
        float highest = Math.Max(0, (float)box.Y - label.Height / 2);
        float lowest = Math.Max(highest, Math.Min(imageHeight, (float)box.Bottom + label.Height / 2) - label.Height);
        float wished = Math.Clamp(centre.Y - label.Height / 2, highest, lowest);
        for (int distance = 0; distance <= imageHeight; distance++)
        {
            foreach (float top in (ReadOnlySpan<float>)[wished - distance, wished + distance])
            {
                var place = SKRect.Create(left, top, label.Width, label.Height);
                if (top >= highest && top <= lowest && !taken.Exists(place.IntersectsWith))
                {
                    return place;
                }
            }
        }

        return SKRect.Create(left, wished, label.Width, label.Height);
    }
}
