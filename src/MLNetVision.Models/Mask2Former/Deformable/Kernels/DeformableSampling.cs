using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Deformable.Kernels;

/// <summary>
/// Multi-scale deformable sampling with its gradients (Deformable DETR, equation 3): on the CPU in float32 by one pass of
/// managed code each way, elsewhere by torch's operators.
/// </summary>
internal static class DeformableSampling
{
    /// <summary>Sums each query's samples, weighted.</summary>
    /// <param name="value">(batch, keys, heads, channels): the levels' pixels one level after the other.</param>
    /// <param name="shapes">Height and width of each level.</param>
    /// <param name="locations">(batch, queries, heads, levels, points, 2), (x, y) in units of the level; outside [0, 1] values are 0.</param>
    /// <param name="weights">(batch, queries, heads, levels, points).</param>
    /// <returns>(batch, queries, heads × channels).</returns>
    public static Tensor Apply(Tensor value, IReadOnlyList<MapSize> shapes, Tensor locations, Tensor weights)
    {
        if (GpuForm.IsFor(value) || value.dtype != ScalarType.Float32)
        {
            return MultiScaleDeformableAttention.Compute(value, shapes, locations, weights);
        }

        bool differentiated = is_grad_enabled() && (value.requires_grad || locations.requires_grad || weights.requires_grad);
        using Tensor ownValue = value.contiguous(), ownLocations = locations.contiguous(), ownWeights = weights.contiguous();
        return differentiated
            ? DifferentiableSampling.apply(ownValue, ownLocations, ownWeights, shapes)
            : Forward(ownValue, shapes, ownLocations, ownWeights);
    }

    private static unsafe Tensor Forward(Tensor value, IReadOnlyList<MapSize> shapes, Tensor locations, Tensor weights)
    {
        DeformableGeometry geometry = DeformableGeometry.Of(value, weights, shapes);
        Tensor output = empty([geometry.Batch, geometry.Queries, geometry.Row], ScalarType.Float32);
        var kernel = new DeformableSamplingForward(
            geometry, TensorMemory.Address<float>(value), TensorMemory.Address<float>(locations), TensorMemory.Address<float>(weights), TensorMemory.Address<float>(output));
        geometry.ForEachHead(kernel.Compute);
        return output;
    }

    private static unsafe (Tensor Value, Tensor Locations, Tensor Weights) Backward(
        Tensor value, IReadOnlyList<MapSize> shapes, Tensor locations, Tensor weights, Tensor outputGradient)
    {
        using Tensor incoming = outputGradient.contiguous();
        DeformableGeometry geometry = DeformableGeometry.Of(value, weights, shapes);
        Tensor valueGradient = zeros_like(value), locationGradient = empty_like(locations), weightGradient = empty_like(weights);
        var kernel = new DeformableSamplingGradient(
            geometry, TensorMemory.Address<float>(value), TensorMemory.Address<float>(locations), TensorMemory.Address<float>(weights),
            TensorMemory.Address<float>(incoming), TensorMemory.Address<float>(valueGradient), TensorMemory.Address<float>(locationGradient),
            TensorMemory.Address<float>(weightGradient));
        geometry.ForEachHead(kernel.Compute);
        return (valueGradient, locationGradient, weightGradient);
    }

    private sealed class DifferentiableSampling : autograd.SingleTensorFunction<DifferentiableSampling>
    {
        private const string Shapes = nameof(Shapes), Kept = nameof(KeptTensors);

        public override string Name => nameof(DifferentiableSampling);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            (Tensor value, Tensor locations, Tensor weights) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
            var shapes = (IReadOnlyList<MapSize>)vars[3];
            ctx.save_data(Kept, new KeptTensors([value, locations, weights]));
            ctx.save_data(Shapes, shapes);
            return Forward(value, shapes, locations, weights);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using var scope = NewDisposeScope();
            scope.Attach(grad_output);
            var kept = (KeptTensors)ctx.get_data(Kept);
            Tensor[] saved = kept.Take(scope);
            var shapes = (IReadOnlyList<MapSize>)ctx.get_data(Shapes);
            (Tensor value, Tensor locations, Tensor weights) = Backward(saved[0], shapes, saved[1], saved[2], grad_output);
            return kept.Return([value, locations, weights, null]);
        }
    }
}
