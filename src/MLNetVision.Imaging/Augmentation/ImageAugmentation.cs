using MLNetVision.Imaging.Options;

namespace MLNetVision.Imaging.Augmentation;

/// <summary>How training pictures are varied. Each variation is drawn anew for each picture and epoch.</summary>
/// <remarks>
/// The order is: crop, resize, flip, geometry (zoom, rotation, shift, elastic deformation in one resampling), colour,
/// RandAugment, erasing. The defaults suit fine-tuning on photographs. LeViT's own recipe is in
/// <see cref="OriginalRecipe"/>. Turn the flip off where left and right matter, as for writing.
/// </remarks>
public sealed record ImageAugmentation
{
    /// <summary>No variation: pictures are prepared exactly as for scoring.</summary>
    public static ImageAugmentation None { get; } = new() { MinimumCropArea = 1, HorizontalFlip = 0 };

    /// <summary>
    /// LeViT's recipe (section 5.1, after DeiT): crops from 8 % of the area, flips, RandAugment of magnitude 9, erasing with
    /// a probability of 0.25.
    /// </summary>
    public static ImageAugmentation OriginalRecipe { get; } = new() { MinimumCropArea = 0.08, RandAugmentMagnitude = 9, RandomErasing = 0.25 };

    /// <summary>
    /// The smallest share of the picture's area that a random crop keeps; above 0, at most 1, by default 0.35. At 1 no crop
    /// is drawn: the picture is resized and cropped in the centre as for scoring. (Original: 0.08.)
    /// </summary>
    public double MinimumCropArea { get; init; } = 0.35;

    /// <summary>The probability of a mirrored picture, 0 to 1; by default 0.5, as in the original.</summary>
    public double HorizontalFlip { get; init; } = 0.5;

    /// <summary>The largest shift in each direction as a share of the side, 0 to 1; by default 0.</summary>
    public double Shift { get; init; }

    /// <summary>The largest zoom in or out: the scale is drawn log-uniformly from 1 / (1 + z) to 1 + z; 0 to 4, by default 0.</summary>
    public double Zoom { get; init; }

    /// <summary>The largest rotation in degrees either way, 0 to 180; by default 0.</summary>
    public double Rotation { get; init; }

    /// <summary>The largest shear as a tangent, along x and y, 0 to 1; by default 0.</summary>
    public double Shear { get; init; }

    /// <summary>
    /// The strength of a smooth random deformation (Simard et al. 2003): the standard deviation of the displacement of a
    /// 4×4 lattice's nodes as a share of the side, 0 to 0.5; by default 0.
    /// </summary>
    public double Elastic { get; init; }

    /// <summary>
    /// The largest change of brightness, contrast and saturation: each factor is drawn from 1 − j to 1 + j, in a random
    /// order; 0 to 1, by default 0. (The original leaves it out where RandAugment is on.)
    /// </summary>
    public double ColorJitter { get; init; }

    /// <summary>RandAugment's magnitude (Cubuk et al. 2020), 0 to 10, where 0 is off; by default 0. (Original: 9.)</summary>
    public double RandAugmentMagnitude { get; init; }

    /// <summary>The operations that RandAugment draws for a picture, each applied with a probability of 0.5; at least 1, by default 2.</summary>
    public int RandAugmentOperations { get; init; } = 2;

    /// <summary>The standard deviation of a RandAugment operation's magnitude; at least 0, by default 0.5.</summary>
    public double RandAugmentDeviation { get; init; } = 0.5;

    /// <summary>
    /// The probability that a rectangle of 2 to 33 % of the area is replaced by noise (Zhong et al. 2020), 0 to 1; by
    /// default 0. (Original: 0.25.)
    /// </summary>
    public double RandomErasing { get; init; }

    /// <summary>
    /// The colour, R, G and B from 0 to 255, of what comes into the picture from outside by geometry; by default ImageNet's
    /// mean (124, 116, 104).
    /// </summary>
    public RgbColor Fill { get; init; } = new(124, 116, 104);

    /// <summary>Throws unless every property is in its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A property is out of its range.</exception>
    internal void Validate()
    {
        OptionRange.Check(MinimumCropArea, double.Epsilon, 1, nameof(MinimumCropArea));
        OptionRange.Check(HorizontalFlip, 0, 1, nameof(HorizontalFlip));
        OptionRange.Check(Shift, 0, 1, nameof(Shift));
        OptionRange.Check(Zoom, 0, 4, nameof(Zoom));
        OptionRange.Check(Rotation, 0, 180, nameof(Rotation));
        OptionRange.Check(Shear, 0, 1, nameof(Shear));
        OptionRange.Check(Elastic, 0, 0.5, nameof(Elastic));
        OptionRange.Check(ColorJitter, 0, 1, nameof(ColorJitter));
        OptionRange.Check(RandAugmentMagnitude, 0, 10, nameof(RandAugmentMagnitude));
        OptionRange.Check(RandAugmentOperations, 1, 16, nameof(RandAugmentOperations));
        OptionRange.Check(RandAugmentDeviation, 0, 10, nameof(RandAugmentDeviation));
        OptionRange.Check(RandomErasing, 0, 1, nameof(RandomErasing));
    }
}
