using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers.Kernels;

/// <summary>
/// Two linear layers with an activation between, W2 act(W1 x + b1) + b2, that keep their input only: the hidden states,
/// several times as large, are computed a few rows at a time, and once more for the gradients.
/// </summary>
/// <remarks>
/// The backward pass computes five products; with the hidden states kept they would be four. A few rows stay in the
/// processor's cache and need no fresh memory, which is worth as much. On a GPU, which waits for launches rather than for
/// memory, and in bfloat16, in which sums of pieces would be rounded at each piece, they are two plain layers.
/// </remarks>
internal static class RecomputedMlp
{
    // About 1 MB of float32: half of a small cache of the second level.
    private const int NormIndex = 5; // the norm's parameters follow the input and the layers'

    /// <summary>Applies both layers.</summary>
    /// <param name="x">(…, channels).</param>
    /// <param name="up">The first layer, with bias.</param>
    /// <param name="activation">Its name in config.json.</param>
    /// <param name="down">The second layer, with bias.</param>
    /// <param name="norm">A norm before the first layer, or null.</param>
    /// <returns>(…, the second layer's outputs).</returns>
    public static Tensor Apply(Tensor x, Linear up, string activation, Linear down, LayerNorm? norm = null)
    {
        using var scope = NewDisposeScope();
        if (GpuForm.IsFor(x) || x.dtype == ScalarType.BFloat16)
        {
            Tensor hidden = FlatLinear.Apply(norm is null ? x : norm.Normalize(x), up);
            return FlatLinear.Apply(Activations.Get(activation)(hidden), down).MoveToOuterDisposeScope();
        }

        Tensor rows = x.reshape(-1, x.shape[^1]).contiguous();
        Tensor[] tensors = [rows, up.weight!, up.bias!, down.weight!, down.bias!, .. norm is null ? [] : new[] { norm.weight!, norm.bias! }];
        if (norm is not null && !MlpKernel.Supports(activation, tensors))
        {
            return Apply(norm.Normalize(x), up, activation, down).MoveToOuterDisposeScope();
        }

        var form = new MlpForm(activation, norm?.eps ?? 0);
        Tensor output = is_grad_enabled() && tensors.Any(tensor => tensor.requires_grad) ? Mlp.apply([.. tensors, form]) : Forward(tensors, form);
        return output.view([.. x.shape[..^1], output.shape[1]]).MoveToOuterDisposeScope();
    }

    // The first row and the number of rows of each piece.
    private static IEnumerable<(long First, long Count)> Pieces(Tensor rows, Tensor upWeight)
    {
        long total = rows.shape[0];
        long size = Math.Max(1, PieceSizes.TrainedFloats / upWeight.shape[0]);
        for (long first = 0; first < total; first += size)
        {
            yield return (first, Math.Min(size, total - first));
        }
    }

    /// <summary>What the layers do beside multiplying.</summary>
    private sealed record MlpForm(string Activation, double NormEpsilon);

    private static unsafe Tensor Forward(Tensor[] tensors, MlpForm form)
    {
        (Tensor rows, Tensor upWeight, Tensor upBias, Tensor downWeight, Tensor downBias) = (tensors[0], tensors[1], tensors[2], tensors[3], tensors[4]);
        using var scope = NewDisposeScope();
        Tensor output = empty([rows.shape[0], downWeight.shape[0]], rows.dtype, rows.device);
        if (MlpKernel.Supports(form.Activation, tensors))
        {
            new MlpKernel(tensors.AsSpan(1), form.Activation, form.NormEpsilon)
                .Forward(TensorMemory.Address<float>(rows), (int)rows.shape[0], TensorMemory.Address<float>(output));
            return output.MoveToOuterDisposeScope();
        }

        Func<Tensor, Tensor> activation = Activations.Get(form.Activation);
        foreach ((long first, long count) in Pieces(rows, upWeight))
        {
            using var piece = NewDisposeScope();
            Tensor hidden = nn.functional.linear(rows.narrow(0, first, count), upWeight, upBias);
            output.narrow(0, first, count).copy_(nn.functional.linear(activation(hidden), downWeight, downBias));
        }

        return output.MoveToOuterDisposeScope();
    }

    private sealed class Mlp : autograd.SingleTensorFunction<Mlp>
    {
        private const string FormKey = nameof(MlpForm), KeptKey = nameof(KeptTensors);

        public override string Name => nameof(RecomputedMlp);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Tensor[] tensors = [.. vars[..^1].Cast<Tensor>()];
            var form = (MlpForm)vars[^1];
            ctx.save_data(KeptKey, new KeptTensors(tensors));
            ctx.save_data(FormKey, form);
            return Forward(tensors, form);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            scope.Attach(grad_output);
            var form = (MlpForm)ctx.get_data(FormKey);
            var kept = (KeptTensors)ctx.get_data(KeptKey);
            Tensor[] tensors = kept.Take(scope);
            Tensor incoming = grad_output.contiguous();
            Tensor[] gradients = MlpKernel.Supports(form.Activation, [.. tensors, incoming])
                ? KernelGradients(tensors, incoming, form) : Gradients(tensors, incoming, Activations.Get(form.Activation));
            return kept.Return([.. gradients.Select((gradient, i) => kept.NeedsGradient[i] ? gradient : null), null]);
        }

        private static unsafe Tensor[] KernelGradients(Tensor[] tensors, Tensor incoming, MlpForm form)
        {
            Tensor[] gradients = [.. tensors.Select((tensor, i) => i < NormIndex && incoming.shape[0] > 0 ? empty_like(tensor) : zeros_like(tensor))];
            nint[] places = [.. gradients.Select(gradient => (nint)TensorMemory.Address<float>(gradient)), 0, 0];
            new MlpKernel(tensors.AsSpan(1), form.Activation, form.NormEpsilon).Backward(
                TensorMemory.Address<float>(tensors[0]), TensorMemory.Address<float>(incoming), (int)incoming.shape[0], (float*)places[0],
                new MlpGradients(places[1], places[2], places[3], places[4], places[NormIndex], places[NormIndex + 1]));
            return gradients;
        }

        private static Tensor[] Gradients(Tensor[] saved, Tensor incoming, Func<Tensor, Tensor> activation)
        {
            (Tensor rows, Tensor upWeight, Tensor upBias, Tensor downWeight) = (saved[0], saved[1], saved[2], saved[3]);
            Tensor[] gradients = [empty_like(rows), .. saved.Skip(1).Select(tensor => zeros_like(tensor))];
            foreach ((long first, long count) in Pieces(rows, upWeight))
            {
                using var piece = NewDisposeScope();
                Tensor x = rows.narrow(0, first, count), gradient = incoming.narrow(0, first, count);
                (Tensor activated, Tensor hiddenGradient) = Hidden(nn.functional.linear(x, upWeight, upBias), activation, gradient.matmul(downWeight));
                gradients[0].narrow(0, first, count).copy_(hiddenGradient.matmul(upWeight));
                gradients[1].addmm_(hiddenGradient.t(), x, 1, 1);
                gradients[2].Add(hiddenGradient.sum([0]));
                gradients[3].addmm_(gradient.t(), activated, 1, 1);
            }

            gradients[4].copy_(incoming.sum([0]));
            return gradients;
        }

        // The activation's output, and the gradient of its input from that of its output.
        private static (Tensor Activated, Tensor Gradient) Hidden(Tensor hidden, Func<Tensor, Tensor> activation, Tensor outputGradient)
        {
            using var guard = enable_grad();
            Tensor leaf = hidden.detach().requires_grad_(), activated = activation(leaf);
            activated.backward([outputGradient]);
            return (activated.detach(), leaf.grad!);
        }
    }
}
