using System.Diagnostics;

namespace MLNetVision.Benchmarks;

/// <summary>Times several ways of doing one thing in turn, so that a busy moment of the machine meets all of them.</summary>
internal static class Interleaved
{
    /// <summary>Runs every way in each round and prints the smallest times, and their ratios to the first.</summary>
    /// <param name="title">What is done.</param>
    /// <param name="seconds">How long to go on.</param>
    /// <param name="ways">The ways; the first is the one that the others are compared with.</param>
    /// <returns>The smallest time of each way in milliseconds.</returns>
    public static double[] Compare(string title, double seconds, params (string Name, Action Run)[] ways)
    {
        foreach ((_, Action run) in ways)
        {
            run();
            run();
        }

        double[] best = [.. ways.Select(_ => double.MaxValue)];
        int rounds = 0;
        for (long start = Stopwatch.GetTimestamp(); rounds < 3 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; rounds++)
        {
            for (int i = 0; i < ways.Length; i++)
            {
                long begin = Stopwatch.GetTimestamp();
                ways[i].Run();
                best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }
        }

        Console.WriteLine($"{title} ({rounds} rounds, smallest times)");
        for (int i = 0; i < ways.Length; i++)
        {
            Console.WriteLine($"  {ways[i].Name,-44} {best[i],10:f3} ms   {best[i] / best[0],6:f2} ×");
        }

        return best;
    }
}
