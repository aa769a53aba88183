using System.Diagnostics;
using Microsoft.ML.Runtime;
using MLNetVision.Internals;
using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Training;

/// <summary>
/// Passes progress on to the log (each milestone, and about every ten seconds between them; once how long it will take) and to
/// a callback, and cancels the training when the environment is told to stop.
/// </summary>
internal abstract class TrainingLog<TProgress>(IHost host, IChannel channel, Action<TProgress>? callback, CancellationTokenSource cancellation, TrainingEstimate estimate)
    : IProgress<TProgress>
    where TProgress : TrainingProgress
{
    private const int NamesInWarning = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private long _last = Stopwatch.GetTimestamp();

    public void Report(TProgress value)
    {
        callback?.Invoke(value);
        CancelIfStopped();
        if (value.Warning is { } warning)
        {
            channel.Warning(MessageSensitivity.UserData, "{0}", warning);
        }

        if (estimate.After(value) is { } expected)
        {
            if (expected.IsLong)
            {
                channel.Warning(MessageSensitivity.None, "{0}", expected.Text);
            }
            else
            {
                channel.Info(MessageSensitivity.None, "{0}", expected.Text);
            }
        }

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
    /// <param name="result">What the training did.</param>
    /// <param name="after">After how much it ended, and which model was kept.</param>
    protected void Finish(TrainingResult result, string after)
    {
        string outcome = result.Outcome switch
        {
            TrainingOutcome.Completed => "completed",
            TrainingOutcome.StoppedEarly => "stopped early",
            TrainingOutcome.TimeUp => "used its time and ended",
            _ => "was cancelled",
        };
        Write($"The training {outcome} after {after}. It waited for pictures {result.WaitingShare:p1} of the time.");
        if (result.NonFiniteSteps > 0)
        {
            channel.Warning(MessageSensitivity.None, "{0} training step(s) were left out because the loss or a gradient was not finite.", result.NonFiniteSteps);
        }

        if (result.UnreadableSteps > 0)
        {
            channel.Warning(MessageSensitivity.None, "{0} training step(s) were left out because too few of their pictures could be read.", result.UnreadableSteps);
        }

        WarnOfSkipped("training", result.Skipped);
        WarnOfSkipped("validation", result.SkippedInValidation);
    }

    private void WarnOfSkipped(string kind, IReadOnlyList<SkippedImage> skipped)
    {
        if (skipped.Count > 0)
        {
            channel.Warning(
                MessageSensitivity.UserData, "{0} {1} picture(s) could not be read and were skipped: {2}", skipped.Count, kind,
                string.Join("; ", skipped.Take(NamesInWarning).Select(picture => $"{picture.Name}: {picture.Reason}")) + (skipped.Count > NamesInWarning ? "; …" : string.Empty));
        }
    }

    private void Write(string text)
    {
        _last = Stopwatch.GetTimestamp();
        channel.Info(MessageSensitivity.None, "{0}", text);
    }
}
