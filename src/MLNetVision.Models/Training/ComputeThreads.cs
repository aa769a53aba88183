using TorchSharp;

namespace MLNetVision.Models.Training;

/// <summary>Sets the number of threads that torch computes with, and sets it back when disposed.</summary>
internal sealed class ComputeThreads : IDisposable
{
    private readonly int? _before;

    /// <param name="count">The threads; null leaves them as they are.</param>
    public ComputeThreads(int? count)
    {
        if (count is { } threads && threads != torch.get_num_threads())
        {
            _before = torch.get_num_threads();
            torch.set_num_threads(threads);
        }
    }

    public void Dispose()
    {
        if (_before is { } threads)
        {
            torch.set_num_threads(threads);
        }
    }
}
