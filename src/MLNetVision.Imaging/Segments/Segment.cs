using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Segments;

/// <summary>One segment of an image, true or predicted, in any of the three tasks: an object, a piece of stuff, or the pixels of a class.</summary>
public sealed record Segment
{
    /// <summary>The class, counted from 0.</summary>
    public required int Class { get; init; }

    /// <summary>The pixels; may be null only where boxes alone are compared.</summary>
    public RunLengthMask? Mask { get; init; }

    /// <summary>The box in pixels; the mask's box by default.</summary>
    public BoundingBox? Box { get; init; }

    /// <summary>The confidence of a prediction; higher is better. Not used for truths.</summary>
    public double Score { get; init; } = 1;

    /// <summary>Whether a truth is a crowd region, which may absorb any number of predictions without counting.</summary>
    public bool IsCrowd { get; init; }

    /// <summary>
    /// The area that a truth's annotation states, which COCO uses instead of the pixels to sort objects into small,
    /// medium and large and to compute panoptic unions; null: the mask's or box's own area.
    /// </summary>
    public double? Area { get; init; }

    /// <summary>A predicted segment as an evaluation sees it.</summary>
    public static Segment Of(PredictedSegment prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        return new Segment { Class = prediction.LabelId, Mask = prediction.Mask, Score = prediction.Score };
    }
}
