using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Swin.Windows.Kernels;

/// <summary>
/// A block's norm and windowed attention as one function with gradients, which keeps its input only and computes queries, keys,
/// values and weights once more for the gradients.
/// </summary>
internal static class SwinTrainedAttention
{
    /// <summary>Whether the function takes this map and these parameters.</summary>
    /// <param name="map">(batch, height, width, channels).</param>
    /// <param name="heads">The heads.</param>
    /// <param name="parameters">In the order of <see cref="SwinAttentionWeights"/>; null where there is none.</param>
    public static bool Supports(Tensor map, int heads, ReadOnlySpan<Tensor?> parameters)
    {
        foreach (Tensor? parameter in parameters)
        {
            if (parameter is null || !parameter.is_contiguous() || parameter.dtype != ScalarType.Float32)
            {
                return false;
            }
        }

        return map.shape[3] == heads * WindowHeadKernel.Channels && LinearProducts.Supports(map);
    }

    /// <summary>Computes norm and attention, without the residual.</summary>
    /// <param name="map">(batch, height, width, channels).</param>
    /// <param name="settings">The attention's form.</param>
    /// <param name="parameters">In the order of <see cref="SwinAttentionWeights"/>.</param>
    /// <returns>(batch, height, width, channels).</returns>
    public static Tensor Apply(Tensor map, SwinAttentionSettings settings, Tensor[] parameters)
    {
        bool differentiated = is_grad_enabled() && (map.requires_grad || parameters.Any(parameter => parameter.requires_grad));
        return differentiated ? Differentiable.apply([map, .. parameters, settings]) : Forward(map, settings, parameters);
    }

    private static unsafe Tensor Forward(Tensor map, SwinAttentionSettings settings, ReadOnlySpan<Tensor> parameters)
    {
        Tensor output = empty_like(map);
        settings.Kernel(map.shape, parameters).Forward(TensorMemory.Address<float>(map), TensorMemory.Address<float>(output));
        return output;
    }

    private sealed class Differentiable : autograd.SingleTensorFunction<Differentiable>
    {
        private const string KeptKey = nameof(KeptTensors), SettingsKey = nameof(SwinAttentionSettings);

        public override string Name => nameof(SwinTrainedAttention);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Tensor[] tensors = [.. vars[..^1].Cast<Tensor>()];
            var settings = (SwinAttentionSettings)vars[^1];
            ctx.save_data(KeptKey, new KeptTensors(tensors));
            ctx.save_data(SettingsKey, settings);
            return Forward(tensors[0], settings, tensors.AsSpan(1));
        }

        public override unsafe List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            scope.Attach(grad_output);
            var kept = (KeptTensors)ctx.get_data(KeptKey);
            var settings = (SwinAttentionSettings)ctx.get_data(SettingsKey);
            Tensor[] saved = kept.Take(scope);
            Tensor incoming = grad_output.contiguous();
            Tensor[] gradients = [empty_like(saved[0]), .. saved.Skip(1).Select(parameter => zeros_like(parameter))];
            settings.Kernel(saved[0].shape, saved.AsSpan(1)).Backward(
                TensorMemory.Address<float>(saved[0]), TensorMemory.Address<float>(incoming), TensorMemory.Address<float>(gradients[0]),
                SwinAttentionWeights.Of(gradients.AsSpan(1)));
            return kept.Return([.. gradients.Select((gradient, i) => kept.NeedsGradient[i] ? gradient : null), null]);
        }
    }
}

/// <summary>The form of a block's windowed attention.</summary>
/// <param name="Heads">The heads.</param>
/// <param name="Window">The window's side.</param>
/// <param name="Shift">By how much the windows are shifted.</param>
/// <param name="Epsilon">The norm's.</param>
/// <param name="Masks">The masks of shifted windows of this side.</param>
/// <param name="Positions">For each pair of patches its row of the bias table.</param>
internal sealed record SwinAttentionSettings(int Heads, int Window, int Shift, double Epsilon, PackedWindowMasks Masks, long[] Positions)
{
    /// <summary>The kernel for maps of a shape.</summary>
    /// <param name="shape">(batch, height, width, channels).</param>
    /// <param name="parameters">In the order of <see cref="SwinAttentionWeights"/>.</param>
    public SwinAttentionKernel Kernel(long[] shape, ReadOnlySpan<Tensor> parameters) => new(
        new WindowLayout((int)shape[0], (int)shape[1], (int)shape[2], Window, Shift), Shift == 0 ? null : Masks,
        SwinAttentionWeights.Of(parameters), Heads, (float)Epsilon, Positions);
}
