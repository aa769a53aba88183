using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Targets;

/// <summary>The truth of a batch.</summary>
/// <param name="Images">One target an image, in the batch's order.</param>
/// <param name="Height">The height of the batch's padded images. Where a target does not reach, there is no object.</param>
/// <param name="Width">The width of the batch's padded images.</param>
public sealed record SegmentationTargets(IReadOnlyList<SegmentationTarget> Images, long Height, long Width)
{
    /// <summary>What the mask losses are divided by: the number of masks in the batch, at least 1.</summary>
    public long MaskCount => Math.Max(1, Images.Sum(image => image.Masks.Count));

    internal (long Height, long Width) Canvas => (Height, Width);

    /// <summary>Checks the targets against what the model predicts.</summary>
    /// <exception cref="ArgumentException">A count, a size, a class or a device does not fit; the message names the image.</exception>
    internal void Validate(long batch, long classes, Device device)
    {
        if (Images.Count != batch)
        {
            throw new ArgumentException($"The batch has {batch} images, but there are {Images.Count} targets.");
        }

        for (int i = 0; i < Images.Count; i++)
        {
            PackedMasks masks = Images[i].Masks;
            SameDevice.Check($"target masks of image {i}", masks.Device, "predictions", device);
            SameDevice.Check($"ignored pixels of image {i}", Images[i].Ignored?.Device ?? device, "predictions", device);
            if (masks.Height > Height || masks.Width > Width)
            {
                throw new ArgumentException($"Image {i}: its masks are {masks.Height}×{masks.Width}, larger than the batch's images, {Height}×{Width}.");
            }

            foreach (long label in Images[i].Classes)
            {
                if (label < 0 || label >= classes)
                {
                    throw new ArgumentException($"Image {i}: class {label} is not among the model's {classes} classes, 0 to {classes - 1}.");
                }
            }
        }
    }
}
