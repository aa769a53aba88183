using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>Keeps tensors that depend on nothing but a map's size. Safe to use from several threads.</summary>
/// <param name="kept">With more sizes than this everything is forgotten.</param>
internal sealed class TensorsBySize(int kept)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(long Height, long Width, DeviceType Device, int Index, ScalarType Type), Tensor> _tensors = [];

    /// <summary>The tensor of a size, which <paramref name="compute"/> makes on the first call, on any device; the caller owns the alias that it gets.</summary>
    public Tensor Get(long height, long width, Device device, ScalarType type, Func<long, long, Tensor> compute)
    {
        (long, long, DeviceType, int, ScalarType) key = (height, width, device.type, device.index, type);
        lock (_lock)
        {
            if (!_tensors.TryGetValue(key, out Tensor? found))
            {
                if (_tensors.Count > kept)
                {
                    Forget();
                }

                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                found = compute(height, width).to(type).to(device).DetachFromDisposeScope();
                _tensors.Add(key, found);
            }

            return found.alias();
        }
    }

    // A stream of ever new sizes must not fill the memory; the aliases in use live on.
    private void Forget()
    {
        foreach (Tensor tensor in _tensors.Values)
        {
            tensor.Dispose();
        }

        _tensors.Clear();
    }
}
