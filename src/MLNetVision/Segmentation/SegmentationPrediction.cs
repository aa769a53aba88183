using Microsoft.ML.Data;

namespace MLNetVision.Segmentation;

/// <summary>A row of predicted segments as a class, for prediction engines and <c>CreateEnumerable</c>.</summary>
public sealed class SegmentationPrediction
{
    /// <summary>Height and width of the original image in pixels, the size of the masks.</summary>
    [VectorType(2)]
    public int[] ImageSize { get; set; } = [0, 0];

    /// <summary>The class of each segment as a key, counted from 1; <c>MapKeyToValue</c> makes names of them.</summary>
    public uint[] PredictedLabel { get; set; } = [];

    /// <summary>The mask of each segment: COCO's compressed run lengths.</summary>
    public string[] PredictedMasks { get; set; } = [];

    /// <summary>The confidence of each segment.</summary>
    public float[] Score { get; set; } = [];

    /// <summary>The box of each segment: x0 y0 x1 y1 in pixels.</summary>
    public float[] PredictedBoundingBoxes { get; set; } = [];
}
