using System.Diagnostics;

namespace MLNetVision.Benchmarks;

/// <summary>Measures training steps: processor time with one thread, which other processes disturb least; elapsed time with more.</summary>
internal sealed class StepClock(int threads)
{
    /// <summary>A point in time.</summary>
    public TimeSpan Now => threads > 1 ? Stopwatch.GetElapsedTime(0) : Environment.CpuUsage.TotalTime;

    /// <summary>The time since then.</summary>
    public TimeSpan Since(TimeSpan start) => Now - start;
}
