using System.Diagnostics;

namespace MLNetVision.Benchmarks.Evaluation;

/// <summary>The least time of many runs: on a shared machine the minimum is what the code costs.</summary>
internal static class Timing
{
    public static double LeastSeconds(Action action, int rounds, int callsPerRound = 1)
    {
        // Long enough for the tiered compiler to have replaced its first code.
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < 0.5;)
        {
            action();
        }

        double least = double.PositiveInfinity;
        for (int round = 0; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int call = 0; call < callsPerRound; call++)
            {
                action();
            }

            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalSeconds / callsPerRound);
        }

        return least;
    }
}
