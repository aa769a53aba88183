using System.Runtime.ExceptionServices;

namespace MLNetVision.Models.Pipelines.Streams;

/// <summary>
/// Runs items that come one after the other through a model, in batches: one thread asks for them, one prepares a batch, and the caller's
/// scores the batch before. Every stage holds two batches at most, whatever the number of items.
/// </summary>
internal static class PictureStream
{
    /// <summary>Runs it while the results are read.</summary>
    /// <param name="items">The items; a batch is what has come, so that a slow source is not waited for.</param>
    /// <param name="batchSize">The most items of a batch.</param>
    /// <param name="prepare">Prepares a batch; on another thread, one batch at a time.</param>
    /// <param name="score">Gives the results of a batch in order; on the reader's thread.</param>
    /// <param name="cancellation">Ends it.</param>
    public static IEnumerable<TResult> Run<TItem, TPrepared, TResult>(
        IEnumerable<TItem> items, int batchSize, Func<TItem[], TPrepared> prepare, Func<TPrepared, IEnumerable<TResult>> score, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        CancellationToken stopped = stop.Token; // which outlives its source
        var waiting = new Stage<TItem>(2 * batchSize);
        var prepared = new Stage<TPrepared>(1);

        // A source may block for ever, as a console does: nobody waits for the thread that asks it.
        Start(waiting, () =>
        {
            foreach (TItem item in items)
            {
                waiting.Add(item, stopped);
            }
        });
        Task preparing = Start(prepared, () =>
        {
            while (waiting.Take(batchSize, stopped) is { Length: > 0 } batch)
            {
                prepared.Add(prepare(batch), stopped);
            }
        });
        try
        {
            while (prepared.Take(1, stopped) is [var batch])
            {
                foreach (TResult result in score(batch))
                {
                    yield return result;
                }
            }
        }
        finally
        {
            stop.Cancel();
            preparing.Wait(CancellationToken.None); // what it throws has gone into its stage
        }
    }

    private static Task Start<T>(Stage<T> stage, Action work) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                work();
                stage.Complete(null);
            }
            catch (Exception e)
            {
                stage.Complete(e);
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>A queue between two stages, which also carries what ended the first.</summary>
    private sealed class Stage<T>(int capacity)
    {
        private readonly Queue<T> _items = new();
        private readonly object _sync = new();
        private Exception? _error;
        private bool _isComplete;

        public void Add(T item, CancellationToken stop)
        {
            using CancellationTokenRegistration wake = stop.Register(Wake);
            lock (_sync)
            {
                while (_items.Count >= capacity)
                {
                    stop.ThrowIfCancellationRequested();
                    Monitor.Wait(_sync);
                }

                stop.ThrowIfCancellationRequested();
                _items.Enqueue(item);
                Monitor.PulseAll(_sync);
            }
        }

        /// <summary>At least one item, and as many more as are there; none at the end.</summary>
        public T[] Take(int most, CancellationToken stop)
        {
            using CancellationTokenRegistration wake = stop.Register(Wake);
            lock (_sync)
            {
                while (_items.Count == 0 && !_isComplete)
                {
                    stop.ThrowIfCancellationRequested();
                    Monitor.Wait(_sync);
                }

                stop.ThrowIfCancellationRequested();
                if (_items.Count == 0 && _error is not null)
                {
                    ExceptionDispatchInfo.Throw(_error);
                }

                var taken = new T[Math.Min(most, _items.Count)];
                for (int i = 0; i < taken.Length; i++)
                {
                    taken[i] = _items.Dequeue();
                }

                Monitor.PulseAll(_sync);
                return taken;
            }
        }

        public void Complete(Exception? error)
        {
            lock (_sync)
            {
                (_error, _isComplete) = (error, true);
                Monitor.PulseAll(_sync);
            }
        }

        private void Wake()
        {
            lock (_sync)
            {
                Monitor.PulseAll(_sync);
            }
        }
    }
}
