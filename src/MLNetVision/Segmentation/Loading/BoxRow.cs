using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Segmentation.Loading;

/// <summary>A row of true boxes: the universal row without masks, so that nobody takes a box for one.</summary>
internal sealed class BoxRow
{
    public string Image { get; set; } = string.Empty;

    public long ImageId { get; set; }

    public int[] ImageSize { get; set; } = [];

    public uint[] Label { get; set; } = [];

    public float[] BoundingBoxes { get; set; } = [];

    public bool[] IsCrowd { get; set; } = [];

    public double[] Area { get; set; } = [];

    public static BoxRow Of(AnnotatedImage image) => new()
    {
        Image = image.Path,
        ImageId = image.Id,
        ImageSize = [image.Height, image.Width],
        Label = [.. image.Segments.Select(segment => (uint)segment.Class + 1)],
        BoundingBoxes = [.. image.Segments.SelectMany(segment => Corners(segment.Box))],
        IsCrowd = [.. image.Segments.Select(segment => segment.IsCrowd)],
        Area = [.. image.Segments.Select(segment => segment.Area)],
    };

    /// <summary>A box as x0 y0 x1 y1.</summary>
    public static float[] Corners(BoundingBox box) => [(float)box.X, (float)box.Y, (float)box.Right, (float)box.Bottom];
}
