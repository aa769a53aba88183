using System.Runtime.CompilerServices;

namespace MLNetVision.TestHost;

/// <summary>
/// What makes a machine hard on native handles, until it is disposed: threads that allocate and collect, as many busy threads
/// as there are cores, and now and then an object whose finalizer takes 300 ms.
/// </summary>
internal sealed class FinalizerPressure : IDisposable
{
    private const int SlowFinalizer = 300, BetweenSlow = 1500; // milliseconds
    private readonly List<Thread> _threads = [];
    private bool _stop;

    public FinalizerPressure()
    {
        Start(() =>
        {
            Churn();
            GC.Collect(0);
        });
        Start(() =>
        {
            Churn();
            Thread.Sleep(1);
            GC.Collect(1);
        });
        for (int core = 0; core < Environment.ProcessorCount; core++)
        {
            Start(() => Thread.SpinWait(1000));
        }

        Start(() =>
        {
            DropSlow();
            Thread.Sleep(BetweenSlow);
        });
    }

    public void Dispose()
    {
        Volatile.Write(ref _stop, true);
        _threads.ForEach(thread => thread.Join());
    }

    private static void Churn()
    {
        for (int i = 0; i < 64; i++)
        {
            GC.KeepAlive(new byte[4096]);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropSlow() => _ = new Slow();

    private void Start(Action work)
    {
        var thread = new Thread(() =>
        {
            while (!Volatile.Read(ref _stop))
            {
                work();
            }
        });
        _threads.Add(thread);
        thread.Start();
    }

    private sealed class Slow
    {
        ~Slow() => Thread.Sleep(SlowFinalizer);
    }
}
