namespace MLNetVision.Models.Common.Kernels.Memory;

/// <summary>
/// The buffers that one call has on loan. Each is returned as soon as it is not needed, and at the call's end, however
/// that ends, all that are left. For one thread.
/// </summary>
internal sealed class BufferLoans(BufferPool pool) : IDisposable
{
    private readonly List<BufferPool.Lease> _leases = [];

    /// <summary>Lends a buffer of at least this length; its contents are arbitrary.</summary>
    public BufferPool.Lease Rent(long length)
    {
        BufferPool.Lease lease = pool.Rent(length);
        _leases.Add(lease);
        return lease;
    }

    /// <summary>Returns what is left.</summary>
    public void Dispose() => _leases.ForEach(lease => lease.Dispose());
}
