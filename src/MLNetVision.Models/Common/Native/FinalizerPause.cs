using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace MLNetVision.Models.Common.Native;

/// <summary>
/// Keeps finalizers from running while this thread is inside a stretch of torch calls, so that none frees what a call uses.
/// </summary>
/// <remarks>
/// <para>TorchSharp hands the native handle of a number (<see cref="TorchSharp.Scalar"/>) to native code and then has no
/// reference to the object any more: even <c>a + b</c> makes such a number. If another thread allocates enough for a
/// collection at that moment, the finalizer frees the number under the call, which then fails ("Expected false to be
/// true") or computes with another value. That was seen in training, where other threads decode pictures all the time.</para>
/// <para>All finalizers run on one thread, one after the other. A pause lets an object of its own be finalized first, whose
/// finalizer waits until the pause ends. It costs a collection of the youngest generation, so it pays for a training step,
/// not for a single call. The library's own trainings do so; a training loop of your own should have
/// <c>using var pause = FinalizerPause.Begin();</c> at the head of each step. Nothing within a pause may wait for
/// finalizers: user code must be called outside it.</para>
/// </remarks>
public sealed class FinalizerPause : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(500);
    private static readonly object Sync = new();
    private static readonly Stopwatch Since = new();
    private static Gate? _gate;
    private static int _pauses;
    private bool _ended;

    [ThreadStatic]
    private static int _own; // of the running thread

    private FinalizerPause()
    {
    }

    /// <summary>Begins a pause; dispose it soon and on the same thread. Pauses of several threads overlap, and one may lie within another.</summary>
    public static FinalizerPause Begin()
    {
        lock (Sync)
        {
            // Pauses that overlap without end would keep finalizers from ever running: let them run between. A thread must
            // not wait for the end of its own.
            while (_pauses > 0 && _own == 0 && Since.Elapsed > Longest)
            {
                Monitor.Wait(Sync);
            }

            _own++;
            if (_pauses++ == 0)
            {
                Since.Restart();
                _gate = new Gate();
                DropBait(_gate);
                GC.Collect(0, GCCollectionMode.Forced, blocking: true);

                // A finalizer thread that is busy elsewhere is no danger until it is done, and then it comes to the gate.
                _gate.Reached.Wait(Patience);
            }
        }

        return new FinalizerPause();
    }

    /// <summary>Lets finalizers run again, unless another thread's pause goes on.</summary>
    public void Dispose()
    {
        lock (Sync)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            _own--;
            if (--_pauses == 0)
            {
                _gate!.Open.Set();
                _gate = null;
                Monitor.PulseAll(Sync);
            }
        }
    }

    // In a method of its own, so that no register or stack slot keeps the bait alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropBait(Gate gate) => _ = new Bait(gate);

    private sealed class Gate
    {
        public ManualResetEventSlim Reached { get; } = new();

        public ManualResetEventSlim Open { get; } = new();
    }

    private sealed class Bait(Gate gate)
    {
        ~Bait()
        {
            gate.Reached.Set();
            gate.Open.Wait();
        }
    }
}
