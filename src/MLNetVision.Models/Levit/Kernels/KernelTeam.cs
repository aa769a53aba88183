using System.Runtime.ExceptionServices;

namespace MLNetVision.Models.Levit.Kernels;

/// <summary>Work that falls into independent parts.</summary>
internal interface IKernelJob
{
    /// <summary>Does one part.</summary>
    /// <param name="part">Which one.</param>
    /// <param name="worker">Which thread of the team does it, from 0: the index of its scratch memory.</param>
    void Run(int part, int worker);
}

/// <summary>
/// The threads that share one forward pass. They live for that pass: parts are too short to wake sleeping threads for,
/// so helpers spin between jobs.
/// </summary>
/// <remarks>
/// The calling thread takes parts like the others and waits only for parts that a helper has taken, so a helper that
/// the thread pool starts late, or never, costs speed only. An exception of a part, whoever does it, goes to the caller of
/// <see cref="Run"/> once no part runs any more; parts that nobody has begun by then are left out.
/// </remarks>
internal sealed class KernelTeam : IDisposable
{
    private const int PartBits = 24;
    private const long PartMask = (1L << PartBits) - 1;

    private IKernelJob? _job;
    private long _claims; // parts left, and in the low bits the next part
    private int _unfinished;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _isOver;

    public KernelTeam(int threads)
    {
        Threads = Math.Max(1, threads);
        for (int helper = 1; helper < Threads; helper++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static state => state.Team.Help(state.Worker), (Team: this, Worker: helper), preferLocal: false);
        }
    }

    /// <summary>The calling thread and its helpers.</summary>
    public int Threads { get; }

    /// <summary>Does all parts of a job and returns when they are done, or throws the first exception of a part; the team can go on after it.</summary>
    public void Run(IKernelJob job, int parts)
    {
        if (Threads == 1 || parts == 1)
        {
            for (int part = 0; part < parts; part++)
            {
                job.Run(part, worker: 0);
            }

            return;
        }

        _job = job;
        Volatile.Write(ref _unfinished, parts);
        Volatile.Write(ref _claims, (long)parts << PartBits);
        TakeParts(worker: 0);
        var wait = new SpinWait();
        while (Volatile.Read(ref _unfinished) > 0)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }

        Interlocked.Exchange(ref _failure, null)?.Throw();
    }

    /// <summary>Lets the helpers go.</summary>
    public void Dispose() => _isOver = true;

    private void Help(int worker)
    {
        var wait = new SpinWait();
        while (!_isOver)
        {
            if (TakeParts(worker))
            {
                wait = new SpinWait();
            }
            else
            {
                wait.SpinOnce(sleep1Threshold: -1);
            }
        }
    }

    private bool TakeParts(int worker)
    {
        bool hasWorked = false;
        for (long claims = Volatile.Read(ref _claims); claims >> PartBits > 0; claims = Volatile.Read(ref _claims))
        {
            long taken = claims - (1L << PartBits) + 1;
            if (Interlocked.CompareExchange(ref _claims, taken, claims) == claims)
            {
                // The job cannot change before this part is finished.
                Do(_job!, (int)(claims & PartMask), worker);
                Interlocked.Decrement(ref _unfinished);
                hasWorked = true;
            }
        }

        return hasWorked;
    }

    private void Do(IKernelJob job, int part, int worker)
    {
        if (Volatile.Read(ref _failure) is not null)
        {
            return;
        }

        try
        {
            job.Run(part, worker);
        }
        catch (Exception e)
        {
            // On its way to the caller, whichever kind it is: on a helper's thread it would end the process, and the caller
            // must not leave the job's memory while others still work on it.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        }
    }
}
