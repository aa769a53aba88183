using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// Gives back early what the custom autograd functions of a forward and backward pass hold; a training step opens one around
/// both. Without it TorchSharp leaves what they kept to the finalizer and what they returned to the dispose scope around the
/// whole backward pass, in which all functions' tensors would gather.
/// </summary>
/// <remarks>The functions find it on the thread of the forward pass; the backward pass may run on another one, as on GPUs.</remarks>
internal sealed class GraphMemory : IDisposable
{
    [ThreadStatic]
    private static GraphMemory? _current;

    private readonly Lock _lock = new();
    private readonly List<KeptTensors> _kept = [];
    private readonly GraphMemory? _outer = _current;
    private List<Tensor> _returned = [];

    private GraphMemory()
    {
    }

    /// <summary>That of this thread's forward pass; null if there is none.</summary>
    public static GraphMemory? Current => _current;

    /// <summary>Opens one for this thread, until it is disposed.</summary>
    public static GraphMemory Begin() => _current = new GraphMemory();

    /// <summary>Remembers what a function keeps.</summary>
    public void Add(KeptTensors kept) => _kept.Add(kept);

    /// <summary>Takes the gradients that a function returns to libtorch, and gives back those of the function before, to which libtorch has references of its own by then.</summary>
    /// <param name="gradients">Null where there is none.</param>
    public void Return(IEnumerable<Tensor?> gradients)
    {
        lock (_lock)
        {
            _returned.ForEach(gradient => gradient.Dispose());
            _returned = [.. gradients.OfType<Tensor>().Select(gradient => gradient.DetachFromDisposeScope())];
        }
    }

    /// <summary>Gives back what is left: all of it if there was no backward pass.</summary>
    public void Dispose()
    {
        _current = _outer;
        Return([]);
        _kept.ForEach(kept => kept.Release());
    }
}
