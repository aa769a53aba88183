using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Common.Layers;

/// <summary>Runs a batch norm as its own forward does, which however counts the batches with numbers that it leaves to the finalizer.</summary>
internal static class BatchNormalization
{
    private const double Epsilon = 1e-5; // torch's default, which all models here use

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

    /// <summary>What a norm in eval mode does to each channel: y · s + (β − μ · s) with s = γ / sqrt(σ² + ε).</summary>
    /// <returns>What a value is multiplied with, and what is added then.</returns>
    public static (double[] Scale, double[] Shift) Fold(WeightScope norm, int channels)
    {
        float[] variance = norm.Read("running_var", channels), mean = norm.Read("running_mean", channels);
        double[] scale = Array.ConvertAll(norm.Read("weight", channels), value => (double)value);
        double[] shift = Array.ConvertAll(norm.Read("bias", channels), value => (double)value);
        for (int i = 0; i < channels; i++)
        {
            scale[i] /= Math.Sqrt(variance[i] + Epsilon);
            shift[i] -= mean[i] * scale[i];
        }

        return (scale, shift);
    }
}
