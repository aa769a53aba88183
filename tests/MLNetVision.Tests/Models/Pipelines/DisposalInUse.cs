namespace MLNetVision.Tests.Models.Pipelines;

/// <summary>Disposes of something that several threads use.</summary>
internal static class DisposalInUse
{
    /// <summary>Checks that the threads are told what was disposed of, and nothing else, and that a second call does nothing.</summary>
    /// <param name="subject">What is disposed of.</param>
    /// <param name="threads">How many threads use it.</param>
    /// <param name="shortUse">What each does once before.</param>
    /// <param name="longUse">What each does until it may not any more.</param>
    public static void Check(IDisposable subject, int threads, Action shortUse, Action longUse)
    {
        using var started = new CountdownEvent(threads);
        Task[] users = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                shortUse();
                started.Signal();
                while (true)
                {
                    longUse();
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        started.Wait();
        subject.Dispose();
        subject.Dispose();
        AggregateException e = Assert.ThrowsExactly<AggregateException>(() => Task.WaitAll(users));
        Assert.IsTrue(e.InnerExceptions.All(inner => inner is ObjectDisposedException), e.ToString());
        Assert.Contains(subject.GetType().Name, Assert.ThrowsExactly<ObjectDisposedException>(shortUse).Message);
    }
}
