namespace MLNetVision.Models.Pipelines;

/// <summary>
/// Lets as many threads into a model as the machine has processors (each call spreads over the processors by itself, so
/// more would only get in each other's way), and waits for them before the model is disposed.
/// </summary>
/// <param name="owner">What its user calls disposed.</param>
internal sealed class ModelGate(ModelOwner owner)
{
    private readonly object _sync = new();
    private int _inside;
    private volatile bool _closed;

    /// <summary>Runs something with the model.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public T Enter<T>(Func<T> use)
    {
        lock (_sync)
        {
            while (!_closed && _inside >= Environment.ProcessorCount)
            {
                Monitor.Wait(_sync);
            }

            ThrowIfDisposed();
            _inside++;
        }

        try
        {
            return use();
        }
        finally
        {
            lock (_sync)
            {
                _inside--;
                Monitor.PulseAll(_sync);
            }
        }
    }

    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void ThrowIfDisposed()
    {
        if (_closed)
        {
            throw owner.Disposed();
        }
    }

    /// <summary>Closes the gate and waits until nobody is inside; what the model holds may be freed after that.</summary>
    /// <returns>False if the gate was closed before.</returns>
    public bool Close()
    {
        lock (_sync)
        {
            if (_closed)
            {
                return false;
            }

            _closed = true;
            Monitor.PulseAll(_sync);
            while (_inside > 0)
            {
                Monitor.Wait(_sync);
            }

            return true;
        }
    }
}
