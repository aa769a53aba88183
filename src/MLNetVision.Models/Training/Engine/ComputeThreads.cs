using TorchSharp;

namespace MLNetVision.Models.Training.Engine;

/// <summary>
/// Sets the number of threads that torch computes with on this thread, and sets it back when disposed, which must be on the
/// same thread. Other threads keep theirs, those that start meanwhile or later too: any number of trainings may overlap.
/// </summary>
/// <remarks>
/// Torch's number is two: one of the process, with which a thread begins when it first uses torch, and one of each thread.
/// There is no way to set a thread's alone: setting it sets both. So that of the process is put back at once, by a thread that
/// does nothing else; it must not wait for the end of the training, when another training may have begun or the user may have
/// set another number. A thread of the user's whose very first use of torch falls between the two settings begins with the
/// training's number.
/// </remarks>
internal sealed class ComputeThreads : IDisposable
{
    // Trainings that begin or end at once must not take each other's number for the process's.
    private static readonly Lock Setting = new();

    private readonly int? _before;

    /// <param name="count">The threads; null leaves them as they are.</param>
    public ComputeThreads(int? count)
    {
        if (count is not { } threads)
        {
            return;
        }

        lock (Setting)
        {
            int before = torch.get_num_threads();
            if (before != threads)
            {
                _before = before;
                SetHere(threads);
            }
        }
    }

    public void Dispose()
    {
        if (_before is { } threads)
        {
            lock (Setting)
            {
                SetHere(threads);
            }
        }
    }

    private static void SetHere(int threads)
    {
        using ManualResetEventSlim isRead = new(), isSet = new();
        var restoring = new Thread(() =>
        {
            int process = torch.get_num_threads();
            isRead.Set();
            isSet.Wait();
            torch.set_num_threads(process);
        })
        { IsBackground = true, Name = nameof(ComputeThreads) };
        restoring.Start();
        isRead.Wait();
        torch.set_num_threads(threads);
        isSet.Set();
        restoring.Join();
    }
}
