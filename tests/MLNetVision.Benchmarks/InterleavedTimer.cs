using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MLNetVision.Benchmarks;

/// <summary>Times actions in turn, round after round, and keeps each one's fastest call: what others on the machine disturb least.</summary>
internal static class InterleavedTimer
{
    /// <summary>The fastest call of each action in seconds, in the order given.</summary>
    /// <param name="actions">What is timed.</param>
    /// <param name="rounds">How often each action gets its turn.</param>
    /// <param name="threads">
    /// With one thread, on Linux, the calling thread's processor time counts, which a busy machine hardly changes;
    /// otherwise the time that passes.
    /// </param>
    /// <param name="secondsPerTurn">How long a turn lasts at least, and so how many calls it holds.</param>
    public static double[] Measure(IReadOnlyList<Action> actions, int rounds, int threads, double secondsPerTurn = 0.15)
    {
        double[] fastest = [.. actions.Select(_ => double.PositiveInfinity)];
        foreach (Action action in actions)
        {
            // Compilers and profiling executors settle in the first calls.
            for (int warmUp = 0; warmUp < 3; warmUp++)
            {
                action();
            }
        }

        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < actions.Count; i++)
            {
                Thread.Sleep(5); // worker threads of the engine before spin down
                actions[i]();
                long start = Stopwatch.GetTimestamp();
                do
                {
                    double begin = Seconds(threads);
                    actions[i]();
                    fastest[i] = Math.Min(fastest[i], Seconds(threads) - begin);
                }
                while (Stopwatch.GetElapsedTime(start).TotalSeconds < secondsPerTurn);
            }
        }

        return fastest;
    }

    private static double Seconds(int threads)
    {
        if (threads > 1 || !OperatingSystem.IsLinux())
        {
            return Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        }

        return clock_gettime(ThreadProcessorTime, out TimeSpecification time) == 0
            ? time.Seconds + time.Nanoseconds * 1e-9
            : throw new InvalidOperationException("The thread's processor time cannot be read.");
    }

    private const int ThreadProcessorTime = 3;

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_gettime(int clock, out TimeSpecification time);

    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
