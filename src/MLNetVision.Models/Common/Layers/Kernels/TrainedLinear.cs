using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers.Kernels;

/// <summary>A linear layer whose products, forward and backward, are the project's own where these are faster.</summary>
internal static class TrainedLinear
{
    /// <summary>Applies a layer.</summary>
    /// <param name="x">(…, inputs).</param>
    /// <param name="layer">The layer.</param>
    /// <returns>(…, outputs).</returns>
    public static Tensor Apply(Tensor x, Linear layer) => Apply(x, layer.weight!, layer.bias);

    /// <summary>Applies a layer.</summary>
    /// <param name="x">(…, inputs).</param>
    /// <param name="weight">(outputs, inputs).</param>
    /// <param name="bias">(outputs), or null.</param>
    /// <returns>(…, outputs).</returns>
    public static Tensor Apply(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        bool isWorthIt = x.shape[..^1].Aggregate(1L, (count, side) => count * side) >= PieceSizes.LeastTrainedRows;
        if (!isWorthIt || !LinearProducts.Supports(weight) || weight.shape[0] % LinearProducts.Multiple != 0)
        {
            return FlatLinear.Apply(x, weight, bias).MoveToOuterDisposeScope(); // before rows are copied, which it does by itself
        }

        Tensor rows = x.reshape(-1, x.shape[^1]).contiguous();
        if (!LinearProducts.Supports(rows))
        {
            return FlatLinear.Apply(x, weight, bias).MoveToOuterDisposeScope();
        }

        bool differentiated = is_grad_enabled() && (rows.requires_grad || weight.requires_grad || bias?.requires_grad == true);
        Tensor output = differentiated ? Differentiable.apply(bias is null ? [rows, weight] : [rows, weight, bias]) : Forward(rows, weight, bias);
        return output.view([.. x.shape[..^1], weight.shape[0]]).MoveToOuterDisposeScope();
    }

    private static unsafe Tensor Forward(Tensor rows, Tensor weight, Tensor? bias)
    {
        (int inputs, int outputs) = ((int)weight.shape[1], (int)weight.shape[0]);
        Tensor output = empty([rows.shape[0], outputs], ScalarType.Float32);
        LinearProducts.Output(
            new Rows(TensorMemory.Address<float>(rows), inputs), (int)rows.shape[0], TensorMemory.Address<float>(weight),
            bias is null ? null : TensorMemory.Address<float>(bias), new Rows(TensorMemory.Address<float>(output), outputs));
        return output;
    }

    private sealed class Differentiable : autograd.SingleTensorFunction<Differentiable>
    {
        private const string KeptKey = nameof(KeptTensors);

        public override string Name => nameof(TrainedLinear);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Tensor[] tensors = [.. vars.Cast<Tensor>()];
            ctx.save_data(KeptKey, new KeptTensors(tensors));
            return Forward(tensors[0], tensors[1], tensors.ElementAtOrDefault(2));
        }

        public override unsafe List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            scope.Attach(grad_output);
            var kept = (KeptTensors)ctx.get_data(KeptKey);
            Tensor[] saved = kept.Take(scope);
            Tensor incoming = grad_output.contiguous();
            int count = (int)incoming.shape[0];
            Rows input = new(TensorMemory.Address<float>(saved[0]), (int)saved[0].shape[1]), outer = new(TensorMemory.Address<float>(incoming), (int)incoming.shape[1]);
            var gradients = new Tensor?[saved.Length];
            if (kept.NeedsGradient[0])
            {
                gradients[0] = empty_like(saved[0]);
                LinearProducts.InputGradient(outer, count, TensorMemory.Address<float>(saved[1]), new Rows(TensorMemory.Address<float>(gradients[0]!), input.Length));
            }

            if (kept.NeedsGradient[1])
            {
                gradients[1] = empty_like(saved[1]);
                LinearProducts.WeightGradient(outer, input, count, TensorMemory.Address<float>(gradients[1]!), addToTarget: false);
            }

            if (saved.Length > 2 && kept.NeedsGradient[2])
            {
                gradients[2] = empty_like(saved[2]);
                LinearProducts.BiasGradient(outer, count, TensorMemory.Address<float>(gradients[2]!), addToTarget: false);
            }

            return kept.Return(gradients);
        }
    }
}
