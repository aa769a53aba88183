using System.Runtime.CompilerServices;
using MLNetVision.Models.Common.Native;

namespace MLNetVision.Tests.Common.Native;

[TestClass]
[DoNotParallelize]
public sealed class FinalizerPauseTests
{
    private static int _finalized;

    [TestMethod]
    public void Pause_DroppedObjects_AreFinalizedOnlyAfterIt()
    {
        for (int round = 0; round < 20; round++)
        {
            _finalized = 0;
            using (FinalizerPause.Begin())
            {
                Drop();
                GC.Collect();
                using (FinalizerPause.Begin())
                {
                    Drop();
                    GC.Collect();
                    Thread.Sleep(2);
                }

                Thread.Sleep(2);
                Assert.AreEqual(0, Volatile.Read(ref _finalized));
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.AreEqual(2, Volatile.Read(ref _finalized));
        }
    }

    [TestMethod]
    public void Pauses_OverlappingWithoutEnd_LetFinalizersRunNowAndThen()
    {
        _finalized = 0;
        bool stop = false;
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(i => new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                using (FinalizerPause.Begin())
                {
                    Thread.Sleep(10 + i);
                }
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Drop();
        bool ran = SpinWait.SpinUntil(() => Volatile.Read(ref _finalized) == 1, 10000);
        Volatile.Write(ref stop, true);
        Array.ForEach(threads, thread => thread.Join());
        Assert.IsTrue(ran);
    }

    [TestMethod]
    [Timeout(30000)]
    public void Pause_WithinALongOneOfItsThread_DoesNotWaitForIt()
    {
        using (FinalizerPause.Begin())
        {
            Thread.Sleep(600); // longer than other threads' pauses may keep finalizers waiting
            using (FinalizerPause.Begin())
            {
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop() => _ = new Dropped();

    private sealed class Dropped
    {
        ~Dropped() => Interlocked.Increment(ref _finalized);
    }
}
