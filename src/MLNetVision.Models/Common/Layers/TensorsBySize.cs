using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>Keeps tensors that depend on nothing but a map's size. Safe to use from several threads.</summary>
/// <param name="kept">With more sizes than this everything is forgotten.</param>
internal sealed class TensorsBySize(int kept)
{
    private readonly ConcurrentDictionary<(long Height, long Width, DeviceType Device, int Index, ScalarType Type), Tensor> _tensors = new();

    /// <summary>The tensor of a size, which <paramref name="compute"/> makes on the first call, on any device.</summary>
    public Tensor Get(long height, long width, Device device, ScalarType type, Func<long, long, Tensor> compute)
    {
        if (_tensors.Count > kept)
        {
            _tensors.Clear(); // a stream of ever new sizes must not fill the memory; tensors in use live on
        }

        return _tensors.GetOrAdd((height, width, device.type, device.index, type), _ =>
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            return compute(height, width).to(type).to(device).DetachFromDisposeScope();
        });
    }
}
