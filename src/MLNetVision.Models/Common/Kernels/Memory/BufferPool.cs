namespace MLNetVision.Models.Common.Kernels.Memory;

/// <summary>
/// Buffers that are used again by the next call, so that no memory is mapped and cleared in between. It keeps no more
/// than was ever in use at once; safe to use from several threads.
/// </summary>
/// <param name="allocate">Makes a buffer of a length.</param>
internal sealed class BufferPool(Func<long, NativeBuffer> allocate) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<NativeBuffer> _idle = new();
    private long _idleFloats;
    private long _leasedFloats;
    private long _peakFloats;
    private bool _disposed;

    public BufferPool()
        : this(static length => new NativeBuffer(length))
    {
    }

    /// <summary>The floats that are on loan.</summary>
    public long LeasedFloats
    {
        get
        {
            lock (_lock)
            {
                return _leasedFloats;
            }
        }
    }

    /// <summary>The most floats that were in use at once.</summary>
    public long PeakFloats
    {
        get
        {
            lock (_lock)
            {
                return _peakFloats;
            }
        }
    }

    /// <summary>Lends a buffer of at least this length; its contents are arbitrary.</summary>
    public Lease Rent(long length)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            NativeBuffer? fitting = null;
            foreach (NativeBuffer buffer in _idle)
            {
                if (buffer.Length >= length && buffer.Length <= length + length / 2 + 1024 && (fitting is null || buffer.Length < fitting.Length))
                {
                    fitting = buffer;
                }
            }

            if (fitting is null)
            {
                fitting = allocate(length);
            }
            else
            {
                _idle.Remove(fitting);
                _idleFloats -= fitting.Length;
                fitting.Poison();
            }

            _leasedFloats += fitting.Length;
            _peakFloats = Math.Max(_peakFloats, _leasedFloats);
            return new Lease(this, fitting);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Shrink(0);
        }
    }

    private void Return(NativeBuffer buffer)
    {
        lock (_lock)
        {
            _leasedFloats -= buffer.Length;
            _idle.AddLast(buffer);
            _idleFloats += buffer.Length;
            Shrink(_disposed ? 0 : _peakFloats);
        }
    }

    /// <summary>Frees what was returned longest ago.</summary>
    private void Shrink(long floats)
    {
        while (_idleFloats > floats)
        {
            NativeBuffer oldest = _idle.First!.Value;
            _idle.RemoveFirst();
            _idleFloats -= oldest.Length;
            oldest.Dispose();
        }
    }

    /// <summary>A buffer on loan until it is disposed.</summary>
    internal sealed unsafe class Lease(BufferPool pool, NativeBuffer buffer) : IDisposable
    {
        private NativeBuffer? _buffer = buffer;

        public float* Pointer => (_buffer ?? throw new ObjectDisposedException(nameof(Lease))).Pointer;

        public void Dispose()
        {
            if (_buffer is not null)
            {
                pool.Return(_buffer);
                _buffer = null;
            }
        }
    }
}
