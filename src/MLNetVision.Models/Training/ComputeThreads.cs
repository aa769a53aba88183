using TorchSharp;

namespace MLNetVision.Models.Training;

/// <summary>
/// Sets the number of threads that torch computes with on this thread, and sets it back when disposed, which must be on the
/// same thread. Other threads keep theirs, those that start meanwhile or later too: any number of trainings may overlap.
/// </summary>
/// <remarks>
/// Torch's number is two: one of the process, with which a thread begins when it first uses torch, and one of each thread.
/// Setting it sets both. So that of the process is put back at once, by a thread that does nothing else; it must not wait for
/// the end of the training, when another training may have begun or the user may have set another number.
/// </remarks>
internal sealed class ComputeThreads : IDisposable
{
    // Two trainings that begin or end at once must not take each other's number for the process's.
    private static readonly Lock Setting = new();

    private readonly int? _before;

    /// <param name="count">The threads; null leaves them as they are.</param>
    public ComputeThreads(int? count)
    {
        int before = torch.get_num_threads();
        if (count is { } threads && threads != before)
        {
            _before = before;
            SetHere(threads);
        }
    }

    public void Dispose()
    {
        if (_before is { } threads)
        {
            SetHere(threads);
        }
    }

    private static void SetHere(int threads)
    {
        lock (Setting)
        {
            int process = OnNewThread(torch.get_num_threads);
            torch.set_num_threads(threads);
            OnNewThread(() =>
            {
                torch.set_num_threads(process);
                return process;
            });
        }
    }

    private static int OnNewThread(Func<int> action)
    {
        int result = 0;
        var thread = new Thread(() => result = action()) { IsBackground = true, Name = nameof(ComputeThreads) };
        thread.Start();
        thread.Join();
        return result;
    }
}
