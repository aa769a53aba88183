namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// Gives back early what the custom autograd functions of a forward and backward pass hold; a training step opens one around
/// both. Without it what they kept and no backward pass took is left to the finalizer, and a thread's last gradients are
/// held until its next backward pass.
/// </summary>
/// <remarks>The functions find it on the thread of the forward pass; the backward pass may run on another one, as on GPUs.</remarks>
internal sealed class GraphMemory : IDisposable
{
    [ThreadStatic]
    private static GraphMemory? _current;

    private readonly Lock _lock = new();
    private readonly List<KeptTensors> _kept = [];
    private readonly HashSet<ReturnedGradients> _returned = [];
    private readonly GraphMemory? _outer = _current;

    private GraphMemory()
    {
    }

    /// <summary>That of this thread's forward pass; null if there is none.</summary>
    public static GraphMemory? Current => _current;

    /// <summary>Opens one for this thread, until it is disposed.</summary>
    public static GraphMemory Begin() => _current = new GraphMemory();

    /// <summary>Remembers what a function keeps.</summary>
    public void Add(KeptTensors kept) => _kept.Add(kept);

    /// <summary>Remembers where a thread of the backward pass holds its last gradients.</summary>
    public void Add(ReturnedGradients returned)
    {
        lock (_lock)
        {
            _returned.Add(returned);
        }
    }

    /// <summary>Gives back what is left: all of it if there was no backward pass. None may be running.</summary>
    public void Dispose()
    {
        _current = _outer;
        foreach (ReturnedGradients returned in _returned)
        {
            returned.Release();
        }

        _kept.ForEach(kept => kept.Release());
    }
}
