using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Segments;

/// <summary>What was found in a picture, in any of the three tasks. Nothing found is an empty list, always.</summary>
/// <param name="Height">The picture's height.</param>
/// <param name="Width">The picture's width.</param>
/// <param name="Segments">The segments: of instances the surest first, of classes by class, of a panoptic scene by id.</param>
public sealed record SegmentationResult(int Height, int Width, IReadOnlyList<PredictedSegment> Segments)
{
    /// <summary>Draws the segments' ids as a map, row after row; where segments overlap, the earlier one lies on top.</summary>
    /// <param name="voidId">The value of pixels without a segment; 0 by default, which no segment has.</param>
    public int[] ToIdMap(int voidId = 0) => Draw(voidId, segment => segment.Id);

    /// <summary>Draws the segments' classes as a map, row after row; where segments overlap, the earlier one lies on top.</summary>
    /// <param name="voidLabel">The value of pixels without a segment; −1 by default.</param>
    public int[] ToLabelMap(int voidLabel = -1) => Draw(voidLabel, segment => segment.LabelId);

    private int[] Draw(int background, Func<PredictedSegment, int> value)
    {
        var map = new int[checked(Height * Width)];
        Array.Fill(map, background);
        for (int i = Segments.Count - 1; i >= 0; i--)
        {
            LabelMap.Paint(map, Segments[i].Mask, value(Segments[i]));
        }

        return map;
    }
}
