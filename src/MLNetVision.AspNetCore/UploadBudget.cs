using Microsoft.AspNetCore.Http;

namespace MLNetVision.AspNetCore;

/// <summary>Counts the bytes of all uploads that are in memory: many slow clients with large pictures must not take it all.</summary>
/// <param name="most">The most bytes.</param>
internal sealed class UploadBudget(long most)
{
    private long _taken;

    /// <summary>What all requests hold now.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Opens the account of one request, which gives everything back when it is disposed of.</summary>
    public Account Open() => new(this);

    private void Take(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) > most)
        {
            Interlocked.Add(ref _taken, -bytes);
            throw new RefusedException(
                StatusCodes.Status503ServiceUnavailable, "Too many uploads", "The uploads of other requests take all the memory that is set apart for them. Come again in a moment.");
        }
    }

    /// <summary>What one request holds.</summary>
    internal sealed class Account(UploadBudget budget) : IDisposable
    {
        private long _held;

        /// <exception cref="RefusedException">There is no room for as many bytes.</exception>
        public void Take(long bytes)
        {
            budget.Take(bytes);
            _held += bytes;
        }

        public void Dispose() => Interlocked.Add(ref budget._taken, -Interlocked.Exchange(ref _held, 0));
    }
}
