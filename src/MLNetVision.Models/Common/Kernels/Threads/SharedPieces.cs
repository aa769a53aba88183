using System.Runtime.ExceptionServices;

namespace MLNetVision.Models.Common.Kernels.Threads;

/// <summary>Pieces of work that the calling thread shares with those of the thread pool that come to help.</summary>
/// <remarks>
/// The caller takes pieces like the others and waits only for pieces that a helper has begun: on busy processors a helper that
/// gets no processor in time costs nothing. (<c>Parallel.For</c> waits for each helper to come and find that nothing is left.)
/// The first exception of a piece goes to the caller when no piece runs any more; pieces that nobody has begun by then are left out.
/// </remarks>
internal sealed class SharedPieces : IThreadPoolWorkItem
{
    /// <summary>How often the caller looks, giving up its processor in between, before it sleeps until it is called.</summary>
    private const int Looks = 40;

    private readonly object _sync = new();
    private readonly int _count;
    private readonly Action<int> _action;
    private int _next = -1;
    private int _unfinished;
    private int _isAwaited;
    private ExceptionDispatchInfo? _failure;

    /// <param name="count">The pieces.</param>
    /// <param name="action">Does a piece.</param>
    public SharedPieces(int count, Action<int> action) => (_count, _unfinished, _action) = (count, count, action);

    /// <summary>Does all pieces.</summary>
    /// <param name="threads">The threads that take part, the calling one included.</param>
    public void Run(int threads)
    {
        for (int helper = 1; helper < threads; helper++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        Execute();
        Wait();
        _failure?.Throw();
    }

    /// <summary>Takes pieces until none is left.</summary>
    public void Execute()
    {
        for (int piece = Interlocked.Increment(ref _next); piece < _count; piece = Interlocked.Increment(ref _next))
        {
            try
            {
                if (Volatile.Read(ref _failure) is null)
                {
                    _action(piece);
                }
            }
            catch (Exception e)
            {
                // On its way to the caller, whichever kind it is: on a helper's thread it would end the process.
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            }

            if (Interlocked.Decrement(ref _unfinished) == 0 && Volatile.Read(ref _isAwaited) != 0)
            {
                lock (_sync)
                {
                    Monitor.PulseAll(_sync);
                }
            }
        }
    }

    private void Wait()
    {
        var wait = new SpinWait();
        for (int look = 0; look < Looks && Volatile.Read(ref _unfinished) > 0; look++)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }

        if (Volatile.Read(ref _unfinished) == 0)
        {
            return;
        }

        // Said before looking again: either the last helper sees it, or its work is seen here.
        Interlocked.Exchange(ref _isAwaited, 1);
        lock (_sync)
        {
            while (Volatile.Read(ref _unfinished) > 0)
            {
                Monitor.Wait(_sync);
            }
        }
    }
}
