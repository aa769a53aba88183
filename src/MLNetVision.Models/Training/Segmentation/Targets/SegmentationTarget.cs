using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using TorchSharp;

namespace MLNetVision.Models.Training.Segmentation.Targets;

/// <summary>The truth of one training image: its masks with their classes.</summary>
public sealed class SegmentationTarget : IDisposable
{
    /// <summary>Joins masks and classes.</summary>
    /// <param name="masks">The masks; this object owns them from now on.</param>
    /// <param name="classes">The class of each mask, 0 … classes − 1. None is fine.</param>
    /// <param name="ignored">One mask of the pixels that have no truth, left out of costs and losses; null for none. Owned too.</param>
    /// <exception cref="ArgumentException">The counts differ, or the ignored pixels have another size.</exception>
    public SegmentationTarget(PackedMasks masks, IReadOnlyList<long> classes, PackedMasks? ignored = null)
    {
        ArgumentNullException.ThrowIfNull(masks);
        ArgumentNullException.ThrowIfNull(classes);
        if (masks.Count != classes.Count)
        {
            throw new ArgumentException($"Each mask needs a class: {masks.Count} masks, {classes.Count} classes.", nameof(classes));
        }

        if (ignored is not null && (ignored.Count, ignored.Height, ignored.Width) != (1, masks.Height, masks.Width))
        {
            throw new ArgumentException(
                $"Expected one mask of ignored pixels of {masks.Height}×{masks.Width}; got {ignored.Count} of {ignored.Height}×{ignored.Width}.", nameof(ignored));
        }

        (Masks, Classes, Ignored) = (masks, classes, ignored);
    }

    /// <summary>The masks, in the pixels of the network's input; they may be smaller than the batch's padded images.</summary>
    public PackedMasks Masks { get; }

    /// <summary>The class of each mask.</summary>
    public IReadOnlyList<long> Classes { get; }

    /// <summary>The pixels without truth, or null.</summary>
    public PackedMasks? Ignored { get; }

    /// <summary>Copies the target to a device.</summary>
    public SegmentationTarget To(torch.Device device) => new(Masks.To(device), Classes, Ignored?.To(device));

    /// <inheritdoc/>
    public void Dispose()
    {
        Masks.Dispose();
        Ignored?.Dispose();
    }
}
