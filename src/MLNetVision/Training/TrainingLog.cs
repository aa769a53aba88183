using System.Diagnostics;
using Microsoft.ML.Runtime;
using MLNetVision.Internals;
using MLNetVision.Models.Training;

namespace MLNetVision.Training;

/// <summary>
/// Passes progress on to the log (each epoch, and about every ten seconds within one) and to a callback, and cancels the
/// training when the environment is told to stop.
/// </summary>
internal sealed class TrainingLog(IHost host, IChannel channel, Action<TrainingProgress>? callback, CancellationTokenSource cancellation)
    : IProgress<TrainingProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private long _last = Stopwatch.GetTimestamp();

    public void Report(TrainingProgress value)
    {
        callback?.Invoke(value);
        if (HostAccess.IsCancelled(host))
        {
            cancellation.Cancel();
        }

        if (value.Summary is { } summary)
        {
            string validation = summary.ValidationLoss is { } loss && summary.ValidationAccuracy is { } accuracy
                ? $", validation loss {loss:f4}, validation accuracy {accuracy:p2}"
                : string.Empty;
            Write($"Epoch {summary.Epoch} of {value.Epochs}: loss {summary.Loss:f4}, accuracy {summary.Accuracy:p2}{validation}, {value.ImagesPerSecond:f1} images/s, {value.Remaining:hh\\:mm\\:ss} remaining.");
        }
        else if (Stopwatch.GetElapsedTime(_last) >= Interval)
        {
            Write($"Epoch {value.Epoch} of {value.Epochs}, step {value.Step} of {value.Steps}: loss {value.Loss:f4}, accuracy {value.Accuracy:p2}, {value.ImagesPerSecond:f1} images/s, {value.Remaining:hh\\:mm\\:ss} remaining.");
        }
    }

    /// <summary>Writes the summary and the warnings of a training that ended.</summary>
    public void Finish(LevitTrainingResult result)
    {
        string outcome = result.Outcome switch
        {
            TrainingOutcome.Completed => "completed",
            TrainingOutcome.StoppedEarly => "stopped early",
            _ => "was cancelled",
        };
        Write($"The training {outcome} after {result.History.Count} epochs and {result.Steps} steps; the model is that of epoch {result.BestEpoch}. "
            + $"It waited for pictures {result.WaitingShare:p1} of the time.");
        if (result.NonFiniteSteps > 0)
        {
            channel.Warning(MessageSensitivity.None, "{0} training step(s) were left out because the loss or a gradient was not finite.", result.NonFiniteSteps);
        }

        if (result.Skipped.Count > 0)
        {
            channel.Warning(
                MessageSensitivity.UserData, "{0} training picture(s) could not be read and were skipped: {1}", result.Skipped.Count,
                string.Join("; ", result.Skipped.Select(skipped => $"{skipped.Name}: {skipped.Reason}")));
        }
    }

    private void Write(string text)
    {
        _last = Stopwatch.GetTimestamp();
        channel.Info(MessageSensitivity.None, "{0}", text);
    }
}
