namespace MLNetVision.Models.Pipelines;

/// <summary>Prepares the next batch on other threads while the network works on the current one.</summary>
internal static class LookAhead
{
    /// <summary>Runs batches in order.</summary>
    /// <param name="batches">The batches.</param>
    /// <param name="prepare">Decodes and prepares one; on any thread.</param>
    /// <param name="score">Runs the network over one; on the caller's thread.</param>
    /// <param name="cancellation">Looked at before each batch.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Run<TBatch, TPrepared>(
        IReadOnlyList<TBatch> batches, Func<TBatch, TPrepared> prepare, Action<TPrepared> score, CancellationToken cancellation)
    {
        Task<TPrepared>? next = null;
        try
        {
            for (int i = 0; i < batches.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                TPrepared current = next is null ? prepare(batches[i]) : next.GetAwaiter().GetResult();
                int following = i + 1;
                next = following < batches.Count ? Task.Run(() => prepare(batches[following]), CancellationToken.None) : null;
                score(current);
            }
        }
        catch
        {
            // Nobody asks for the next batch any more, nor for what preparing it may throw.
            if (next is not null)
            {
                Task.WhenAny(next).Wait(CancellationToken.None);
                _ = next.Exception;
            }

            throw;
        }
    }
}
