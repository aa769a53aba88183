using MLNetVision.Models.Common.Kernels.Convolution;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers.Kernels;

/// <summary>A convolution in float32 on the CPU whose products, forward and backward, are the project's own.</summary>
internal static class TrainedConvolution
{
    /// <summary>Computes the convolution.</summary>
    /// <param name="x">(batch, inputs, height, width); memory with channels last is read as it is.</param>
    /// <param name="weight">(outputs, inputs, kernel, kernel).</param>
    /// <param name="bias">(outputs), or null.</param>
    /// <param name="stride">From one output pixel to the next.</param>
    /// <param name="padding">The zeros around the input.</param>
    /// <returns>(batch, outputs, height, width), with channels last in memory.</returns>
    public static Tensor Apply(Tensor x, Tensor weight, Tensor? bias, int stride, int padding)
    {
        using var scope = NewDisposeScope();
        Tensor dense = x.is_contiguous() || ChannelsLast(x).is_contiguous() ? x : x.contiguous();
        Tensor[] tensors = [dense, weight.contiguous(), .. bias is null ? Array.Empty<Tensor>() : [bias.contiguous()]];
        var shape = new ConvolutionShape(
            (int)x.shape[0], (int)x.shape[1], (int)weight.shape[0], checked((int)x.shape[2]), checked((int)x.shape[3]), (int)weight.shape[2], stride, padding);
        bool differentiated = is_grad_enabled() && tensors.Any(tensor => tensor.requires_grad);
        Tensor output = differentiated ? Differentiable.apply([.. tensors, shape]) : Forward(shape, tensors);
        return output.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    private static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1);

    // (batch, output height, output width, outputs)
    private static unsafe Tensor Forward(ConvolutionShape shape, Tensor[] tensors)
    {
        using var scope = NewDisposeScope();
        Tensor output = empty([shape.Batch, shape.OutputHeight, shape.OutputWidth, shape.Outputs], ScalarType.Float32);
        ConvolutionProducts.Output(
            shape, Map(shape, tensors[0]), TensorMemory.Address<float>(tensors[1]), tensors.Length > 2 ? TensorMemory.Address<float>(tensors[2]) : null,
            TensorMemory.Address<float>(output));
        return output.MoveToOuterDisposeScope();
    }

    private static unsafe MapMemory Map(ConvolutionShape shape, Tensor x)
    {
        bool channelsLast = !x.is_contiguous();
        return new MapMemory(
            (nint)TensorMemory.Address<float>(channelsLast ? ChannelsLast(x) : x), channelsLast, shape.Batch, shape.Inputs, shape.Height, shape.Width);
    }

    private sealed class Differentiable : autograd.SingleTensorFunction<Differentiable>
    {
        private const string KeptKey = nameof(KeptTensors), ShapeKey = nameof(ConvolutionShape);

        public override string Name => nameof(TrainedConvolution);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Tensor[] tensors = [.. vars[..^1].Cast<Tensor>()];
            var shape = (ConvolutionShape)vars[^1];
            ctx.save_data(KeptKey, new KeptTensors(tensors));
            ctx.save_data(ShapeKey, shape);
            return Forward(shape, tensors);
        }

        public override unsafe List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            scope.Attach(grad_output);
            var shape = (ConvolutionShape)ctx.get_data(ShapeKey);
            var kept = (KeptTensors)ctx.get_data(KeptKey);
            Tensor[] saved = kept.Take(scope);
            Tensor incoming = grad_output.contiguous();
            var outer = new MapMemory((nint)TensorMemory.Address<float>(incoming), true, shape.Batch, shape.Outputs, shape.OutputHeight, shape.OutputWidth);
            var gradients = new Tensor?[saved.Length + 1];
            if (kept.NeedsGradient[0])
            {
                Tensor input = empty([shape.Batch, shape.Height, shape.Width, shape.Inputs], ScalarType.Float32);
                ConvolutionProducts.InputGradient(shape, outer, TensorMemory.Address<float>(saved[1]), TensorMemory.Address<float>(input));
                gradients[0] = input.permute(0, 3, 1, 2);
            }

            if (kept.NeedsGradient[1])
            {
                gradients[1] = empty_like(saved[1]);
                ConvolutionWeightGradient.Compute(shape, Map(shape, saved[0]), outer, TensorMemory.Address<float>(gradients[1]!));
            }

            if (saved.Length > 2 && kept.NeedsGradient[2])
            {
                gradients[2] = empty_like(saved[2]);
                ConvolutionProducts.BiasGradient(outer, TensorMemory.Address<float>(gradients[2]!));
            }

            return kept.Return(gradients);
        }
    }
}
