namespace MLNetVision.Imaging.Masks;

/// <summary>
/// COCO's overlap of detections with truths: intersection over union, or over the detection's own area where the truth
/// is a crowd region. 0 where nothing overlaps.
/// </summary>
public static class Overlap
{
    /// <summary>The overlap of two masks: one division of two whole numbers.</summary>
    /// <exception cref="ArgumentException">The masks differ in size.</exception>
    public static double OfMasks(RunLengthMask detection, RunLengthMask truth, bool isCrowd = false)
    {
        ArgumentNullException.ThrowIfNull(detection);
        long intersection = detection.IntersectionArea(truth);
        return intersection == 0
            ? 0
            : (double)intersection / (isCrowd ? detection.Area : detection.Area + truth.Area - intersection);
    }

    /// <summary>The overlap of two boxes, whose edges have no thickness: boxes that touch do not overlap.</summary>
    public static double OfBoxes(BoundingBox detection, BoundingBox truth, bool isCrowd = false)
    {
        double width = Math.Min(detection.Right, truth.Right) - Math.Max(detection.X, truth.X);
        double height = Math.Min(detection.Bottom, truth.Bottom) - Math.Max(detection.Y, truth.Y);
        if (width <= 0 || height <= 0)
        {
            return 0;
        }

        double intersection = width * height;
        return intersection / (isCrowd ? detection.Area : detection.Area + truth.Area - intersection);
    }
}
