using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>Random regularisation whose draws come from a generator, so that a training run can be repeated.</summary>
internal static class Stochastic
{
    /// <summary>Zeroes each element with the given probability and scales the others, so that the mean stays.</summary>
    public static Tensor Dropout(Tensor x, double probability, bool training, Generator? generator)
    {
        if (!training || probability == 0)
        {
            return x;
        }

        using Tensor drawn = rand(x.shape, dtype: x.dtype, device: x.device, generator: generator);
        using Tensor kept = drawn.IsAtLeast(probability);
        return x * kept.to(x.dtype).Divide(1 - probability);
    }

    /// <summary>
    /// Drops a residual branch for whole images (stochastic depth): each image of the batch with the given
    /// probability, the others scaled, so that the mean stays.
    /// </summary>
    public static Tensor DropPath(Tensor x, double probability, bool training, Generator? generator)
    {
        if (!training || probability == 0)
        {
            return x;
        }

        long[] perImage = [x.shape[0], .. Enumerable.Repeat(1L, x.shape.Length - 1)];
        using Tensor drawn = rand(perImage, dtype: x.dtype, device: x.device, generator: generator);
        using Tensor kept = drawn.IsAtLeast(probability);
        return x * kept.to(x.dtype).Divide(1 - probability);
    }
}
