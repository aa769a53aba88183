using MLNetVision.Models.Common.Kernels;
using MLNetVision.Models.Common.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>A convolution in float32 on the CPU whose products, forward and backward, are the project's own.</summary>
internal static class TrainedConvolution
{
    /// <summary>Computes the convolution.</summary>
    /// <param name="x">(batch, inputs, height, width).</param>
    /// <param name="weight">(outputs, inputs, kernel, kernel).</param>
    /// <param name="bias">(outputs), or null.</param>
    /// <param name="stride">From one output pixel to the next.</param>
    /// <param name="padding">The zeros around the input.</param>
    /// <returns>(batch, outputs, height, width).</returns>
    /// <exception cref="ArgumentException">The input's channels are not the weight's, or the input is smaller than the kernel.</exception>
    public static Tensor Apply(Tensor x, Tensor weight, Tensor? bias, int stride, int padding)
    {
        using var scope = NewDisposeScope();
        ConvolutionShape shape = Shape(x, weight, stride, padding);
        Tensor[] tensors = [x.contiguous(), weight.contiguous(), .. bias is null ? Array.Empty<Tensor>() : [bias.contiguous()]];
        bool differentiated = is_grad_enabled() && tensors.Any(tensor => tensor.requires_grad);
        Tensor output = differentiated ? Differentiable.apply([.. tensors, shape]) : Forward(shape, tensors);
        return output.MoveToOuterDisposeScope();
    }

    private static ConvolutionShape Shape(Tensor x, Tensor weight, int stride, int padding)
    {
        long[] map = x.shape, kernel = weight.shape;
        if (map.Length != 4 || map[1] != kernel[1] || map[2] + 2 * padding < kernel[2] || map[3] + 2 * padding < kernel[3])
        {
            throw new ArgumentException(
                $"Expected maps of shape (batch, {kernel[1]}, height, width) whose sides are at least {kernel[2] - 2 * padding}, got ({string.Join(", ", map)}).", nameof(x));
        }

        return new ConvolutionShape((int)map[0], (int)map[1], (int)kernel[0], checked((int)map[2]), checked((int)map[3]), (int)kernel[2], stride, padding);
    }

    private static unsafe Tensor Forward(ConvolutionShape shape, Tensor[] tensors)
    {
        Tensor output = empty([shape.Batch, shape.Outputs, shape.OutputHeight, shape.OutputWidth], ScalarType.Float32);
        ConvolutionProducts.Output(
            shape, TensorMemory.Address<float>(tensors[0]), TensorMemory.Address<float>(tensors[1]),
            tensors.Length > 2 ? TensorMemory.Address<float>(tensors[2]) : null, TensorMemory.Address<float>(output));
        return output;
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
            float* outer = TensorMemory.Address<float>(incoming);
            Tensor?[] gradients = [.. saved.Select((tensor, i) => kept.NeedsGradient[i] ? empty_like(tensor) : null), null];
            if (gradients[0] is { } input)
            {
                ConvolutionProducts.InputGradient(shape, outer, TensorMemory.Address<float>(saved[1]), TensorMemory.Address<float>(input));
            }

            if (gradients[1] is { } weight)
            {
                ConvolutionWeightGradient.Compute(shape, TensorMemory.Address<float>(saved[0]), outer, TensorMemory.Address<float>(weight));
            }

            if (saved.Length > 2 && gradients[2] is { } bias)
            {
                ConvolutionProducts.BiasGradient(shape, outer, TensorMemory.Address<float>(bias));
            }

            return kept.Return(gradients);
        }
    }
}
