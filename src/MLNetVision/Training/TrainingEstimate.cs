using System.Globalization;
using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Training;

/// <summary>Tells once, a few steps after the beginning, how long a training will take.</summary>
/// <param name="trainTime">The seconds that it may take; null for no limit.</param>
/// <param name="remedies">What makes it shorter, beside a limit.</param>
internal sealed class TrainingEstimate(double? trainTime, string remedies)
{
    // Steps that take long tell soon how long all will; short ones first run in code that is compiled again while they do.
    private static readonly TimeSpan SlowStep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Observed = TimeSpan.FromSeconds(3);
    private const int SlowSteps = 2;
    private static readonly TimeSpan WorthTelling = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(15);
    private (long Step, TimeSpan Elapsed)? _first;
    private bool _isWarm;
    private bool _isTold;

    /// <summary>What is to be told after a step, and whether that will surprise who waits; null for nothing.</summary>
    public (string Text, bool IsLong)? After(TrainingProgress progress)
    {
        if (_isTold)
        {
            return null;
        }

        if (_first is not { } first)
        {
            _first = (progress.Step, progress.Elapsed);
            return null;
        }

        long steps = progress.Step - first.Step;
        TimeSpan observed = progress.Elapsed - first.Elapsed;
        if (steps < SlowSteps || observed < Observed)
        {
            return null;
        }

        TimeSpan pace = observed / steps;
        if (pace < SlowStep && !_isWarm)
        {
            if (observed >= WarmUp)
            {
                (_first, _isWarm) = ((progress.Step, progress.Elapsed), true);
            }

            return null;
        }

        _isTold = true;
        TimeSpan expected = progress.Elapsed + pace * (progress.Steps - progress.Step);
        string described = string.Create(CultureInfo.InvariantCulture, $"{progress.Steps} steps, now {pace.TotalSeconds:g2} s each");
        if (trainTime is { } limit && expected.TotalSeconds > limit)
        {
            long within = progress.Step + (long)((limit - progress.Elapsed.TotalSeconds) / pace.TotalSeconds);
            return (string.Create(CultureInfo.InvariantCulture, $"The training ends by its limit of {limit:g} s, after about {within} of {described}."), false);
        }

        if (expected < WorthTelling)
        {
            return null;
        }

        bool isLong = expected >= Long && trainTime is null;
        string advice = isLong ? $" A limit ({nameof(TrainingOptions.TrainTime)}, in seconds) lets the learning rate fall within it; {remedies} or a GPU take less." : string.Empty;
        return ($"The training will take about {Describe(expected)}: {described}.{advice}", isLong);
    }

    private static string Describe(TimeSpan time) => string.Create(
        CultureInfo.InvariantCulture, $"{(time.TotalMinutes < 100 ? $"{Math.Ceiling(time.TotalMinutes):f0} minutes" : $"{time.TotalHours:f1} hours")}");
}
