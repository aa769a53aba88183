using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Weights;

/// <summary>The weights of a module: its state dict, of any floating type and device. What is read is a copy.</summary>
internal sealed class TensorWeights(IReadOnlyDictionary<string, Tensor> tensors) : IWeightSource
{
    public IReadOnlyList<long>? ShapeOf(string key) => tensors.TryGetValue(key, out Tensor? tensor) ? tensor.shape : null;

    public float[] Read(string key)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        return [.. tensors[key].detach().to(float32).cpu().contiguous().data<float>()];
    }
}
