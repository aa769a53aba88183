using Microsoft.ML.Data;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Segmentation;

/// <summary>A row of predicted segments as a class, for prediction engines and <c>CreateEnumerable</c>.</summary>
public sealed class SegmentationPrediction
{
    /// <summary>Height and width of the original image in pixels, the size of the masks.</summary>
    [VectorType(2)]
    public int[] ImageSize { get; set; } = [0, 0];

    /// <summary>The class of each segment as a key, counted from 1.</summary>
    public uint[] PredictedLabel { get; set; } = [];

    /// <summary>The name of each segment's class.</summary>
    public string[] PredictedClass { get; set; } = [];

    /// <summary>The mask of each segment: COCO's compressed run lengths.</summary>
    public string[] PredictedMasks { get; set; } = [];

    /// <summary>The confidence of each segment.</summary>
    public float[] Score { get; set; } = [];

    /// <summary>The box of each segment: x0 y0 x1 y1 in pixels.</summary>
    public float[] PredictedBoundingBoxes { get; set; } = [];

    /// <summary>
    /// The segments with their masks as pixels, boxes and names, from which label maps, polygons, crops and drawings are made. A picture
    /// that could not be read has the size 0 × 0 and no segment.
    /// </summary>
    /// <exception cref="InvalidDataException">The vectors are of different lengths, or a mask is broken; the message names the segment.</exception>
    public SegmentationResult ToResult()
    {
        int count = PredictedMasks.Length;
        if (ImageSize.Length != 2 || PredictedLabel.Length != count || Score.Length != count || PredictedClass.Length != count)
        {
            throw new InvalidDataException(
                $"{count} masks were predicted, but {PredictedLabel.Length} labels, {PredictedClass.Length} names and {Score.Length} scores; an image size has 2 numbers, and {ImageSize.Length} came.");
        }

        return new SegmentationResult(ImageSize[0], ImageSize[1], [.. Enumerable.Range(0, count).Select(ToSegment)]);
    }

    private PredictedSegment ToSegment(int index)
    {
        try
        {
            var mask = RunLengthMask.FromCompressed(PredictedMasks[index], ImageSize[0], ImageSize[1]);
            return new PredictedSegment(index + 1, (int)PredictedLabel[index] - 1, Score[index], mask) { ClassName = PredictedClass[index] };
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new InvalidDataException($"Segment {index}: {e.Message}", e);
        }
    }
}
