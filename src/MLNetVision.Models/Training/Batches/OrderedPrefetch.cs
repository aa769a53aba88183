using System.Collections.Concurrent;
using System.Diagnostics;

namespace MLNetVision.Models.Training.Batches;

/// <summary>Items that several threads make ahead of the one that takes them, in order, a bounded number at a time.</summary>
/// <remarks>Made from one thread and taken from one thread; an item's exception is thrown where it is taken.</remarks>
internal sealed class OrderedPrefetch<T> : IDisposable
{
    private readonly Func<long, T> _make;
    private readonly long _end;
    private readonly int _ahead;
    private readonly BlockingCollection<Task<T>> _work = [];
    private readonly Queue<Task<T>> _order = new();
    private readonly Thread[] _threads;
    private readonly Stopwatch _waiting = new();
    private long _next;

    /// <summary>Starts the threads; they begin at once.</summary>
    /// <param name="begin">The number of the first item.</param>
    /// <param name="end">The number after the last item.</param>
    /// <param name="threads">The threads that make items.</param>
    /// <param name="ahead">The most items that are made or being made and not yet taken.</param>
    /// <param name="make">Makes the item of a number; called on several threads at once.</param>
    public OrderedPrefetch(long begin, long end, int threads, int ahead, Func<long, T> make)
    {
        (_make, _next, _end, _ahead) = (make, begin, end, ahead);
        _threads = [.. Enumerable.Range(0, threads).Select(i => new Thread(Work) { IsBackground = true, Name = $"Prefetch {i}" })];
        FillUp();
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>The time that <see cref="Take"/> has waited for items so far.</summary>
    public TimeSpan Waited => _waiting.Elapsed;

    /// <summary>The next item, as soon as it is there.</summary>
    /// <exception cref="InvalidOperationException">All items were taken.</exception>
    public T Take()
    {
        FillUp();
        Task<T> item = _order.Dequeue();
        FillUp();
        if (item.IsCompleted)
        {
            return item.GetAwaiter().GetResult();
        }

        _waiting.Start();
        try
        {
            return item.GetAwaiter().GetResult();
        }
        finally
        {
            _waiting.Stop();
        }
    }

    /// <summary>Drops what was not taken and waits for the threads to end.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        while (_work.TryTake(out _))
        {
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _work.Dispose();
    }

    private void FillUp()
    {
        for (; _next < _end && _order.Count < _ahead; _next++)
        {
            long number = _next;
            var item = new Task<T>(() => _make(number));
            _order.Enqueue(item);
            _work.Add(item);
        }
    }

    private void Work()
    {
        foreach (Task<T> item in _work.GetConsumingEnumerable())
        {
            item.RunSynchronously(TaskScheduler.Default);
        }
    }
}
