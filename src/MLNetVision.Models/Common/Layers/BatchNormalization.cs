using MLNetVision.Models.Common.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Common.Layers;

/// <summary>Runs a batch norm as its own forward does, which however counts the batches with numbers that it leaves to the finalizer.</summary>
internal static class BatchNormalization
{
    /// <summary>Normalises each channel by the batch's statistics in training, by the running ones otherwise.</summary>
    /// <param name="norm">A layer with running statistics, as they are by default.</param>
    /// <param name="x">(samples, channels, …).</param>
    public static Tensor Apply(BatchNorm norm, Tensor x)
    {
        if (norm.training)
        {
            norm.num_batches_tracked!.Increment();
        }

        return F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias, norm.training, norm.momentum!.Value, norm.eps);
    }
}
