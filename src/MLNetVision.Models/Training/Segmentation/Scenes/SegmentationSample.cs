using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Models.Training.Segmentation.Scenes;

/// <summary>A training picture with its segments.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Masks">The segments' masks, each of the picture's size; they may overlap. None is fine.</param>
/// <param name="Classes">The class of each segment, from 0.</param>
/// <param name="Ignored">The pixels without truth (void, crowds), of the picture's size; null for none.</param>
public sealed record SegmentationSample(RgbImage Image, IReadOnlyList<RunLengthMask> Masks, IReadOnlyList<int> Classes, RunLengthMask? Ignored = null)
{
    /// <exception cref="InvalidDataException">A mask has another size than the picture, or counts differ.</exception>
    internal void Validate()
    {
        if (Masks.Count != Classes.Count)
        {
            throw new InvalidDataException($"Each mask needs a class: {Masks.Count} masks, {Classes.Count} classes.");
        }

        foreach (RunLengthMask mask in Ignored is null ? Masks : Masks.Append(Ignored))
        {
            if (mask.Height != Image.Height || mask.Width != Image.Width)
            {
                throw new InvalidDataException($"The picture is {Image.Width}×{Image.Height}, but a mask is {mask.Width}×{mask.Height}.");
            }
        }
    }
}
