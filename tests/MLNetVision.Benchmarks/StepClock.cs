using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MLNetVision.Benchmarks;

/// <summary>
/// The clock of all benchmarks. With one thread, on Linux, it is the calling thread's processor time, which a busy machine
/// hardly changes: what is timed must compute on the thread that asks. Otherwise it is the time that passes.
/// </summary>
internal sealed class StepClock(int threads)
{
    private const int ThreadProcessorTime = 3;

    /// <summary>Whether it is processor time.</summary>
    public bool CountsProcessorTime { get; } = threads == 1 && OperatingSystem.IsLinux();

    /// <summary>A point in time.</summary>
    public TimeSpan Now
    {
        get
        {
            if (!CountsProcessorTime)
            {
                return Stopwatch.GetElapsedTime(0);
            }

            return clock_gettime(ThreadProcessorTime, out TimeSpecification time) == 0
                ? new TimeSpan(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / TimeSpan.NanosecondsPerTick)
                : throw new InvalidOperationException("The thread's processor time cannot be read.");
        }
    }

    /// <summary>The time since then.</summary>
    public TimeSpan Since(TimeSpan start) => Now - start;

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_gettime(int clock, out TimeSpecification time);

    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
