using System.Diagnostics;

namespace MLNetVision.Benchmarks;

/// <summary>Times actions in turn, round after round, and keeps each one's fastest call: what others on the machine disturb least.</summary>
internal static class InterleavedTimer
{
    private const int FewestRounds = 3;

    /// <summary>Times ways of doing one thing and prints the fastest call of each, and its ratio to the first.</summary>
    /// <param name="title">What is done.</param>
    /// <param name="seconds">How long to go on at least.</param>
    /// <param name="threads">As for <see cref="Measure"/>.</param>
    /// <param name="ways">The ways; the first is the one that the others are compared with.</param>
    /// <returns>The fastest call of each way in seconds.</returns>
    public static double[] Compare(string title, double seconds, int threads, params (string Name, Action Run)[] ways)
    {
        double[] fastest = Measure([.. ways.Select(way => way.Run)], FewestRounds, threads, secondsPerTurn: 0, seconds);
        Console.WriteLine($"{title} (fastest calls, {(new StepClock(threads).CountsProcessorTime ? "processor time of one thread" : "time that passes")})");
        for (int i = 0; i < ways.Length; i++)
        {
            Console.WriteLine($"  {ways[i].Name,-44} {fastest[i] * 1e3,10:f3} ms   {fastest[i] / fastest[0],6:f2} ×");
        }

        return fastest;
    }

    /// <summary>The fastest call of each action in seconds, in the order given.</summary>
    /// <param name="actions">What is timed.</param>
    /// <param name="rounds">How often each action gets its turn at least.</param>
    /// <param name="threads">As for <see cref="StepClock"/>.</param>
    /// <param name="secondsPerTurn">How long a turn lasts at least, and so how many calls it holds.</param>
    /// <param name="seconds">How long the rounds last at least.</param>
    public static double[] Measure(IReadOnlyList<Action> actions, int rounds, int threads, double secondsPerTurn = 0.15, double seconds = 0)
    {
        var clock = new StepClock(threads);
        double[] fastest = [.. actions.Select(_ => double.PositiveInfinity)];
        foreach (Action action in actions)
        {
            // Compilers and profiling executors settle in the first calls.
            for (int warmUp = 0; warmUp < 3; warmUp++)
            {
                action();
            }
        }

        long first = Stopwatch.GetTimestamp();
        for (int round = 0; round < rounds || Stopwatch.GetElapsedTime(first).TotalSeconds < seconds; round++)
        {
            for (int i = 0; i < actions.Count; i++)
            {
                Thread.Sleep(5); // worker threads of the engine before spin down
                actions[i]();
                long start = Stopwatch.GetTimestamp();
                do
                {
                    TimeSpan begin = clock.Now;
                    actions[i]();
                    fastest[i] = Math.Min(fastest[i], clock.Since(begin).TotalSeconds);
                }
                while (Stopwatch.GetElapsedTime(start).TotalSeconds < secondsPerTurn);
            }
        }

        return fastest;
    }
}
