using System.Globalization;
using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Training;

/// <summary>Tells once, a few steps after the beginning, how long a training will take.</summary>
/// <param name="trainTime">The seconds that it may take; null for no limit.</param>
/// <param name="remedies">What makes it shorter, beside a limit.</param>
internal sealed class TrainingEstimate(double? trainTime, string remedies)
{
    // The first steps run in code that is compiled again while they do, and take several times as long as later ones.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Observed = TimeSpan.FromSeconds(6);
    private const int ObservedSteps = 2;
    private static readonly TimeSpan WorthTelling = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(15);
    private (long Step, TimeSpan Elapsed)? _first;
    private long? _begin;
    private bool _isTold;

    /// <summary>What is to be told after a step, and whether that will surprise who waits; null for nothing.</summary>
    public (string Text, bool IsLong)? After(TrainingProgress progress)
    {
        if (_isTold)
        {
            return null;
        }

        _begin ??= progress.Step;
        if (_first is not { } first)
        {
            _first = progress.Elapsed >= WarmUp ? (progress.Step, progress.Elapsed) : null;
            return null;
        }

        long steps = progress.Step - first.Step;
        TimeSpan observed = progress.Elapsed - first.Elapsed;
        if (steps < ObservedSteps || observed < Observed)
        {
            return null;
        }

        TimeSpan pace = observed / steps;
        _isTold = true;
        TimeSpan expected = progress.Elapsed + pace * (progress.Steps - progress.Step);
        string described = string.Create(CultureInfo.InvariantCulture, $"{progress.Steps} steps, now {pace.TotalSeconds:g2} s each");
        if (trainTime is { } limit && expected.TotalSeconds > limit)
        {
            if (_begin > 1)
            {
                return null; // of the time before this run nothing is known here
            }

            long within = progress.Step + (long)((limit - progress.Elapsed.TotalSeconds) / pace.TotalSeconds);
            return (string.Create(CultureInfo.InvariantCulture, $"The training ends by its limit of {limit:g} s, after about {within} of {described}."), false);
        }

        if (expected < WorthTelling)
        {
            return null;
        }

        bool isLong = expected >= Long && trainTime is null;
        string advice = isLong ? $" A limit of time ends it earlier, with a learning rate that has fallen by then; {remedies} or a GPU take less." : string.Empty;
        return ($"The training will take about {Describe(expected)}: {described}.{advice}", isLong);
    }

    private static string Describe(TimeSpan time) => string.Create(
        CultureInfo.InvariantCulture, $"{(time.TotalMinutes < 100 ? $"{Math.Ceiling(time.TotalMinutes):f0} minutes" : $"{time.TotalHours:f1} hours")}");
}
