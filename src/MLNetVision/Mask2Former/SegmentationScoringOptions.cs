using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Pipelines;

namespace MLNetVision.Mask2Former;

/// <summary>How a Mask2Former transformer makes segments of what its network predicts, and in which numbers that computes.</summary>
public sealed record SegmentationScoringOptions : SegmentationOptions
{
    /// <summary>
    /// In which numbers the network multiplies; by default <see cref="ScoringPrecision.Single"/>. With
    /// <see cref="ScoringPrecision.BFloat16"/> it is faster where <see cref="ScoringPrecisions.IsFast"/> says so, and a pixel here and
    /// there at the edge of a segment changes sides.
    /// </summary>
    public ScoringPrecision Precision { get; init; } = ScoringPrecision.Single;

    /// <summary>
    /// Whether pictures that are files or their bytes are turned upright by what a camera wrote beside them; by default
    /// <see cref="ExifOrientation.Apply"/>: they are, as annotation tools show them. With <see cref="ExifOrientation.Ignore"/> they are
    /// taken as they are stored, as Hugging Face's processors do. Truth that is made for the one does not fit the other. An
    /// <see cref="Microsoft.ML.Data.MLImage"/> has lost what its camera wrote, and is taken as it is.
    /// </summary>
    public ExifOrientation Orientation { get; init; } = ExifOrientation.Apply;

    internal override void Validate(IReadOnlyList<string> classNames)
    {
        base.Validate(classNames);
        ScoringPrecisions.Check(Precision);
    }
}
