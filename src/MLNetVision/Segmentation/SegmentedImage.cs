using Microsoft.ML.Data;

namespace MLNetVision.Segmentation;

/// <summary>
/// A row of true segments as a class, for <c>LoadFromEnumerable</c> and <c>CreateEnumerable</c>. Labels are text here;
/// <c>MapValueToKey</c> makes keys of them.
/// </summary>
public sealed class SegmentedImage
{
    /// <summary>The path of the picture file.</summary>
    public string Image { get; set; } = string.Empty;

    /// <summary>A number for the image.</summary>
    public long ImageId { get; set; }

    /// <summary>Height and width in pixels.</summary>
    [VectorType(2)]
    public int[] ImageSize { get; set; } = [0, 0];

    /// <summary>The class of each segment.</summary>
    public string[] Label { get; set; } = [];

    /// <summary>The mask of each segment: COCO's compressed run lengths.</summary>
    public string[] Masks { get; set; } = [];

    /// <summary>The box of each segment: x0 y0 x1 y1 in pixels.</summary>
    public float[] BoundingBoxes { get; set; } = [];

    /// <summary>Whether each segment is a crowd region.</summary>
    public bool[] IsCrowd { get; set; } = [];

    /// <summary>The stated area of each segment in pixels.</summary>
    public double[] Area { get; set; } = [];
}
