using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>Dropout (Srivastava et al. 2014) whose draws come from a generator, so that a training run can be repeated.</summary>
/// <remarks>
/// Numbers are drawn on the CPU, whatever the tensor's device: one generator serves every device with the same numbers, and
/// a CPU generator that is given to a function on a GPU ends the process.
/// </remarks>
internal static class SeededDropout
{
    /// <summary>Zeroes each element with the given probability and scales the others, so that the mean stays.</summary>
    public static Tensor Apply(Tensor x, double probability, bool training, Generator? generator) =>
        training && probability > 0 ? x.mul(Kept(x.shape, x, probability, generator)) : x;

    /// <summary>0 for what is dropped, 1 / (1 − probability) for the rest.</summary>
    public static Tensor Kept(long[] shape, Tensor like, double probability, Generator? generator)
    {
        using var scope = NewDisposeScope();
        Tensor kept = rand(shape, dtype: float32, device: CPU, generator: generator).IsAtLeast(probability).to(like.dtype).Divide(1 - probability);
        return DeviceUpload.To(kept, like.device).MoveToOuterDisposeScope();
    }
}
