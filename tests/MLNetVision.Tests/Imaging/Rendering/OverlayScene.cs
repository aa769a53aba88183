using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Tests.Imaging.Rendering;

/// <summary>A small picture and segments of it.</summary>
internal static class OverlayScene
{
    public static RgbImage Picture()
    {
        var image = new RgbImage(60, 45);
        new Random(1).NextBytes(image.Pixels);
        return image;
    }

    /// <summary>Two overlapping boxes, of which the first lies on top, and one beside them.</summary>
    public static SegmentationResult Scene() =>
        new(45, 60, [Segment(1, 0, new BoundingBox(5, 5, 20, 20)), Segment(2, 1, new BoundingBox(15, 10, 25, 30)), Segment(3, 0, new BoundingBox(50, 0, 10, 45))]);

    public static PredictedSegment Segment(int id, int label, BoundingBox box, int height = 45, int width = 60) =>
        new(id, label, 0.9f, RunLengthMask.FromBox(box, height, width));
}
