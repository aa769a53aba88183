using MLNetVision.Imaging.Annotations;

namespace MLNetVision.Segmentation.Loading;

/// <summary>The universal row (<see cref="SegmentationColumns"/>) with labels as keys; the properties are named as the columns.</summary>
internal sealed class SegmentationRow
{
    public string Image { get; set; } = string.Empty;

    public long ImageId { get; set; }

    public int[] ImageSize { get; set; } = [];

    public uint[] Label { get; set; } = [];

    public string[] Masks { get; set; } = [];

    public float[] BoundingBoxes { get; set; } = [];

    public bool[] IsCrowd { get; set; } = [];

    public double[] Area { get; set; } = [];

    public static SegmentationRow Of(AnnotatedImage image) => new()
    {
        Image = image.Path,
        ImageId = image.Id,
        ImageSize = [image.Height, image.Width],
        Label = [.. image.Segments.Select(segment => (uint)segment.Class + 1)],
        Masks = [.. image.Segments.Select(segment => segment.Mask!.ToCompressed())],
        BoundingBoxes = [.. image.Segments.SelectMany(segment => BoxRow.Corners(segment.Box))],
        IsCrowd = [.. image.Segments.Select(segment => segment.IsCrowd)],
        Area = [.. image.Segments.Select(segment => segment.Area)],
    };
}
