using System.Diagnostics;
using Microsoft.ML.Runtime;
using MLNetVision.Internals;
using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Training;

/// <summary>
/// Passes progress on to the log (each milestone, and about every ten seconds between them) and to a callback, and cancels
/// the training when the environment is told to stop.
/// </summary>
internal abstract class TrainingLog<TProgress>(IHost host, IChannel channel, Action<TProgress>? callback, CancellationTokenSource cancellation)
    : IProgress<TProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private long _last = Stopwatch.GetTimestamp();

    public void Report(TProgress value)
    {
        callback?.Invoke(value);
        CancelIfStopped();
        if (DescribeMilestone(value) is { } milestone)
        {
            Write(milestone);
        }
        else if (Stopwatch.GetElapsedTime(_last) >= Interval)
        {
            Write(DescribeStep(value));
        }
    }

    /// <summary>Cancels the training if the environment was told to stop.</summary>
    public void CancelIfStopped()
    {
        if (HostAccess.IsCancelled(host))
        {
            cancellation.Cancel();
        }
    }

    /// <summary>What is always written; null between milestones.</summary>
    protected abstract string? DescribeMilestone(TProgress value);

    /// <summary>What is written now and then.</summary>
    protected abstract string DescribeStep(TProgress value);

    /// <summary>Writes the summary and the warnings of a training that ended.</summary>
    protected void Finish(string summary, long nonFiniteSteps, IReadOnlyList<SkippedImage> skipped)
    {
        Write(summary);
        if (nonFiniteSteps > 0)
        {
            channel.Warning(MessageSensitivity.None, "{0} training step(s) were left out because the loss or a gradient was not finite.", nonFiniteSteps);
        }

        if (skipped.Count > 0)
        {
            channel.Warning(
                MessageSensitivity.UserData, "{0} training picture(s) could not be read and were skipped: {1}", skipped.Count,
                string.Join("; ", skipped.Select(picture => $"{picture.Name}: {picture.Reason}")));
        }
    }

    private void Write(string text)
    {
        _last = Stopwatch.GetTimestamp();
        channel.Info(MessageSensitivity.None, "{0}", text);
    }
}
