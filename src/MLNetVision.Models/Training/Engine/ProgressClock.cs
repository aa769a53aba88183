using System.Diagnostics;

namespace MLNetVision.Models.Training.Engine;

/// <summary>The times that a progress report needs.</summary>
internal sealed class ProgressClock
{
    private readonly Stopwatch _run = Stopwatch.StartNew();
    private readonly Stopwatch _training = new();
    private TimeSpan _phaseBegin;
    private long _phaseImages;
    private long _steps;

    /// <summary>The time of this run.</summary>
    public TimeSpan Elapsed => _run.Elapsed;

    /// <summary>The pictures a second since the last milestone, in this run.</summary>
    public double ImagesPerSecond => _phaseImages / Math.Max(1e-9, (_training.Elapsed - _phaseBegin).TotalSeconds);

    /// <summary>A milestone was reached.</summary>
    public void BeginPhase()
    {
        _phaseBegin = _training.Elapsed;
        _phaseImages = 0;
    }

    /// <summary>Measures a step's time, the wait for its pictures included.</summary>
    public long Measure(Func<long> step)
    {
        _training.Start();
        long images = step();
        _training.Stop();
        _phaseImages += images;
        _steps++;
        return images;
    }

    /// <summary>The time that more steps need at the pace of this run, its validations included.</summary>
    public TimeSpan Remaining(long steps) => _steps == 0 ? TimeSpan.Zero : _run.Elapsed * (steps / (double)_steps);

    /// <summary>The share of the steps' time that was spent waiting.</summary>
    public double WaitingShare(TimeSpan waited) => _training.Elapsed == TimeSpan.Zero ? 0 : Math.Min(1, waited / _training.Elapsed);
}
