using MLNetVision.Models.Levit.Config;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit;

/// <summary>The conditions that a batch of images must meet.</summary>
internal static class LevitInput
{
    /// <summary>The images that BatchNorm needs to have more than one sample per channel everywhere in the backbone.</summary>
    public static int SmallestTrainableBatch(LevitConfig config) => LevitStageShape.Of(config)[^1].Resolution > 1 ? 1 : 2;

    /// <exception cref="ArgumentException">The batch has another shape, or fewer images.</exception>
    public static void Check(Tensor pixelValues, LevitConfig config, int smallestBatch)
    {
        ArgumentNullException.ThrowIfNull(pixelValues);
        long[] shape = pixelValues.shape;
        if (shape.Length != 4 || !is_floating_point(pixelValues))
        {
            throw new ArgumentException(
                $"Expected floating pixel values [images, channels, height, width], got [{string.Join(", ", shape)}] of {pixelValues.dtype}.", nameof(pixelValues));
        }

        Check(shape, config, smallestBatch, nameof(pixelValues));
    }

    /// <exception cref="ArgumentException">The batch has another shape, or fewer images.</exception>
    public static void Check(long[] shape, LevitConfig config, int smallestBatch, string name)
    {
        string got = $"got [{string.Join(", ", shape)}]";
        if (shape[1] != config.NumChannels)
        {
            throw new ArgumentException($"The model reads {config.NumChannels} channels ('num_channels'), {got}.", name);
        }

        if (shape[2] != config.ImageSize || shape[3] != config.ImageSize)
        {
            throw new ArgumentException($"The model reads square images of {config.ImageSize}×{config.ImageSize} pixels ('image_size'), {got}.", name);
        }

        if (shape[0] < smallestBatch)
        {
            string reason = shape[0] == 0 ? "The batch has no image" : "BatchNorm has no statistics of a single sample: train on two images or more, or call eval() to score one";
            throw new ArgumentException($"{reason}; {got}.", name);
        }
    }
}
