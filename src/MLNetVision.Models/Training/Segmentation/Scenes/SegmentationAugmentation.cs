using MLNetVision.Imaging.Options;

namespace MLNetVision.Models.Training.Segmentation.Scenes;

/// <summary>What a scale of 1 means when training pictures are resized.</summary>
public enum ScaleReference
{
    /// <summary>The picture fits into the crop: large-scale jitter (Ghiasi et al. 2021), as for COCO.</summary>
    FitInside,

    /// <summary>The picture's shorter side is the crop's shorter side, as for ADE20K and Cityscapes.</summary>
    ShorterSide,
}

/// <summary>How training pictures are varied; drawn anew for each picture and pass. Defaults: Mask2Former's for COCO, at a smaller size.</summary>
/// <remarks>
/// The order is: resize, crop at a random place, flip, colour. Segments that the crop leaves without a pixel are dropped.
/// A batch is padded, right and bottom, to the largest picture in it, to whole patches and to at least 32×32, for position
/// embeddings are fractions of the padded size and scoring pads little. The original pads every picture to the crop.
/// </remarks>
public sealed record SegmentationAugmentation
{
    /// <summary>The greatest height of a training picture, at least 32; by default 512. (Original: 1,024 for COCO, 512 for ADE20K.)</summary>
    public int CropHeight { get; init; } = 512;

    /// <summary>The greatest width of a training picture, at least 32; by default 512. (Original: 1,024 for COCO, 512 for ADE20K.)</summary>
    public int CropWidth { get; init; } = 512;

    /// <summary>What a scale of 1 means; by default <see cref="ScaleReference.FitInside"/>.</summary>
    public ScaleReference Reference { get; init; } = ScaleReference.FitInside;

    /// <summary>The smallest scale, above 0; by default 0.1. (Original: 0.1 for COCO, 0.5 for ADE20K.)</summary>
    public double MinimumScale { get; init; } = 0.1;

    /// <summary>The largest scale, at least the smallest; by default 2, as in the original.</summary>
    public double MaximumScale { get; init; } = 2;

    /// <summary>The probability of a mirrored picture, 0 to 1; by default 0.5. 0 where left and right matter, as for writing.</summary>
    public double FlipProbability { get; init; } = 0.5;

    /// <summary>The strength j of the colour jitter: brightness, contrast and saturation change by factors from 1 − j to 1 + j; 0 to 1, by default 0. (Original: only for semantic tasks.)</summary>
    public double ColorJitter { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    internal void Validate()
    {
        OptionRange.Check(CropHeight, 32, 1 << 14, nameof(CropHeight));
        OptionRange.Check(CropWidth, 32, 1 << 14, nameof(CropWidth));
        OptionRange.Check(MinimumScale, double.Epsilon, 100, nameof(MinimumScale));
        OptionRange.Check(MaximumScale, MinimumScale, 100, nameof(MaximumScale));
        OptionRange.Check(FlipProbability, 0, 1, nameof(FlipProbability));
        OptionRange.Check(ColorJitter, 0, 1, nameof(ColorJitter));
    }
}
