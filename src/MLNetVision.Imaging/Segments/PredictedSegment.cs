using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Segments;

/// <summary>One segment of a picture: an object, a piece of stuff, or the pixels of a class.</summary>
/// <param name="Id">The segment's number within its picture, from 1.</param>
/// <param name="LabelId">The class, from 0.</param>
/// <param name="Score">The confidence, 0 to 1.</param>
/// <param name="Mask">The pixels, of the picture's size.</param>
/// <param name="WasFused">Whether regions of several queries may have been joined in it, because its class has no separate objects.</param>
public sealed record PredictedSegment(int Id, int LabelId, float Score, RunLengthMask Mask, bool WasFused = false)
{
    /// <summary>The class's name: what the model calls it, or "class 3" where nothing is known of names.</summary>
    public string ClassName { get => field ?? $"class {LabelId}"; init; }

    /// <summary>The number of pixels.</summary>
    public long Area => Mask.Area;

    /// <summary>The smallest box around the pixels.</summary>
    public BoundingBox Box => Mask.Box;
}
