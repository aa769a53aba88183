using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Optimization;

/// <summary>
/// Named tensors of one element type and device, moved into one contiguous tensor of which they become views: what treats
/// all of them alike (an optimiser's step, an average, a norm, a copy) is then a few native calls instead of hundreds.
/// </summary>
/// <remarks>Disposing gives each tensor its own storage again, with its present values.</remarks>
internal sealed class FlatTensors : IDisposable
{
    private readonly IReadOnlyList<(string Name, Tensor Tensor)> _tensors;
    private bool _disposed;

    public FlatTensors(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        _tensors = tensors;
        Flat = Pack(tensors);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach ((Tensor tensor, Tensor view) in tensors.Select(item => item.Tensor).Zip(Views(Flat)))
        {
            tensor.set_(view);
        }
    }

    /// <summary>All values in the order of the tensors: one dimension.</summary>
    public Tensor Flat { get; }

    /// <summary>The names in order.</summary>
    public IEnumerable<string> Names => _tensors.Select(item => item.Name);

    /// <summary>The tensors in order, each now a view of <see cref="Flat"/>.</summary>
    public IEnumerable<Tensor> Tensors => _tensors.Select(item => item.Tensor);

    /// <summary>Views of another flat tensor of the same layout, in order, shaped as the tensors are; the caller owns them.</summary>
    public IEnumerable<Tensor> Views(Tensor flat)
    {
        long begin = 0;
        foreach ((_, Tensor tensor) in _tensors)
        {
            long count = tensor.numel();
            using Tensor piece = flat.narrow(0, begin, count);
            begin += count;
            yield return piece.view(tensor.shape);
        }
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (Tensor tensor in Tensors)
        {
            tensor.set_(tensor.detach().clone());
        }

        Flat.Dispose();
    }

    private static Tensor Pack(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        if (tensors.Count == 0)
        {
            return empty(0).DetachFromDisposeScope();
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return cat([.. tensors.Select(item => item.Tensor.detach().contiguous().view(-1))]).DetachFromDisposeScope();
    }
}
