using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Metrics;

/// <summary>Refuses segments that cannot be evaluated, naming image and segment.</summary>
internal static class SegmentChecks
{
    public static void Check(long imageId, IReadOnlyList<Segment> segments, string role, int classes, bool needMask)
    {
        if (segments is null)
        {
            throw new ArgumentNullException(nameof(segments), $"Image {imageId} has no list of {role} segments; an image without any has an empty list.");
        }

        for (int i = 0; i < segments.Count; i++)
        {
            Segment segment = segments[i];
            if (segment is null)
            {
                throw new ArgumentException($"Image {imageId}: {role} segment {i} is null.", nameof(segments));
            }

            if (segment.Class < 0 || segment.Class >= classes)
            {
                throw new ArgumentException($"Image {imageId}: {role} segment {i} has class {segment.Class}; 0 to {classes - 1} was expected.", nameof(segments));
            }

            if (segment.Mask is null && (needMask || segment.Box is null))
            {
                throw new ArgumentException($"Image {imageId}: {role} segment {i} has no {(needMask ? "mask" : "box")}.", nameof(segments));
            }

            if (double.IsNaN(segment.Score))
            {
                throw new ArgumentException($"Image {imageId}: {role} segment {i} has a score that is not a number.", nameof(segments));
            }
        }
    }

    /// <summary>The size of the masks of an image, which must be one; null without any mask.</summary>
    public static (int Height, int Width)? SizeOf(long imageId, IReadOnlyList<Segment> truth, IReadOnlyList<Segment> prediction)
    {
        (int Height, int Width)? size = null;
        foreach ((IReadOnlyList<Segment> segments, string role) in new[] { (truth, "true"), (prediction, "predicted") })
        {
            for (int i = 0; i < segments.Count; i++)
            {
                (int Height, int Width) found = (segments[i].Mask!.Height, segments[i].Mask!.Width);
                size ??= found;
                if (found != size)
                {
                    throw new ArgumentException(
                        $"Image {imageId}: the mask of {role} segment {i} is {found.Height} x {found.Width}, where others are {size.Value.Height} x {size.Value.Width} (height x width).", nameof(truth));
                }
            }
        }

        return size;
    }
}
