using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// Keeps tensors that depend on nothing but a size, or several sizes, on each device that asks for them. Safe to use from several
/// threads; the module that it serves disposes of it.
/// </summary>
/// <typeparam name="TSize">The size, compared by its value.</typeparam>
/// <param name="kept">With more sizes than this everything is forgotten.</param>
internal sealed class TensorsBySize<TSize>(int kept) : IDisposable
    where TSize : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(TSize Size, DeviceType Device, int Index, ScalarType Type), Tensor> _tensors = [];

    /// <summary>The tensor of a size, which <paramref name="compute"/> makes on the first call, on any device; the caller owns the alias that it gets.</summary>
    public Tensor Get(TSize size, Device device, ScalarType type, Func<TSize, Tensor> compute)
    {
        (TSize, DeviceType, int, ScalarType) key = (size, device.type, device.index, type);
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
                using var ordinary = inference_mode(false); // what is made in inference mode can never be part of a training
                found = compute(size).to(type).to(device).DetachFromDisposeScope();
                _tensors.Add(key, found);
            }

            return found.alias();
        }
    }

    /// <summary>Forgets everything; the aliases in use live on.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            Forget();
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
