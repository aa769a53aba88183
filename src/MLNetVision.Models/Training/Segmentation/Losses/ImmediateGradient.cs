using MLNetVision.Models.Common.Layers;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Losses;

/// <summary>
/// A scalar whose gradient is computed together with it: only the gradient, of the inputs' size, is kept until the backward
/// pass, and none of what the computation made on its way.
/// </summary>
internal static class ImmediateGradient
{
    /// <summary>Computes the scalar; where no gradient is asked for, it just computes it.</summary>
    /// <param name="part">From the inputs to a scalar. Nothing else that it uses gets a gradient.</param>
    /// <param name="inputs">The tensors to differentiate by, and others.</param>
    public static Tensor Apply(Func<Tensor[], Tensor> part, params Tensor[] inputs) =>
        is_grad_enabled() && inputs.Any(input => input.requires_grad) ? DifferentiatedPart.apply([.. inputs, part]) : part(inputs);

    private sealed class DifferentiatedPart : autograd.SingleTensorFunction<DifferentiatedPart>
    {
        private const string WantedKey = "Wanted", KeptKey = nameof(KeptTensors);

        public override string Name => nameof(DifferentiatedPart);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            using var scope = NewDisposeScope();
            using var guard = enable_grad();
            Tensor[] inputs = [.. vars[..^1].Cast<Tensor>()];
            bool[] wanted = [.. inputs.Select(input => input.requires_grad)];
            Tensor[] leaves = [.. inputs.Select((input, i) => input.detach().requires_grad_(wanted[i]))];
            Tensor value = ((Func<Tensor[], Tensor>)vars[^1])(leaves);
            value.backward();
            Tensor[] gradients = [.. leaves.Where((_, i) => wanted[i]).Select(leaf => leaf.grad ?? zeros_like(leaf))];
            ctx.save_data(KeptKey, new KeptTensors(gradients));
            ctx.save_data(WantedKey, wanted);
            return value.detach().MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            scope.Attach(grad_output);
            var kept = (KeptTensors)ctx.get_data(KeptKey);
            var gradients = new Queue<Tensor>(kept.Take(scope));
            var wanted = (bool[])ctx.get_data(WantedKey);
            return kept.Return([.. wanted.Select(needed => needed ? gradients.Dequeue() * grad_output : null), null]);
        }
    }
}
