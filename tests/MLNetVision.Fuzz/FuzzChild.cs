using System.Diagnostics;
using System.Text.Json;

namespace MLNetVision.Fuzz;

/// <summary>What a child found.</summary>
/// <param name="Inputs">The inputs that were read.</param>
/// <param name="SlowestMilliseconds">The longest that one took.</param>
/// <param name="Slowest">Its number.</param>
/// <param name="PeakBytes">The most memory that the process held.</param>
/// <param name="Kinds">The outcomes: "read", or the exception's type, with their numbers.</param>
/// <param name="Failures">What no documentation names, with the input's number.</param>
internal sealed record FuzzReport(long Inputs, double SlowestMilliseconds, long Slowest, long PeakBytes, SortedDictionary<string, long> Kinds, List<string> Failures);

/// <summary>Reads one input after the other.</summary>
internal static class FuzzChild
{
    /// <summary>What a reader of text must read, also where the machine is slow.</summary>
    public const long LeastTexts = 10_000;

    private const int MostFailures = 20;

    /// <summary>Reads for the time that was given, and writes the report to standard output.</summary>
    public static int Run(FuzzOptions options, string mailboxPath)
    {
        FuzzReader reader = Readers.All.First(candidate => candidate.Name == options.Reader);
        using var mailbox = new Mailbox(mailboxPath);
        string folder = Directory.CreateTempSubdirectory("mlnetvision-fuzz-").FullName;
        try
        {
            Console.WriteLine(JsonSerializer.Serialize(Run(reader, options, mailbox, folder)));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads one input and lets its exception out.</summary>
    public static int RunOne(FuzzOptions options, long input)
    {
        FuzzReader reader = Readers.All.First(candidate => candidate.Name == options.Reader);
        byte[] file = new Damage(reader.Seeds(), reader.IsText).Make(options.Seed, input);
        string kept = Path.Combine(Path.GetTempPath(), $"mlnetvision-fuzz-{reader.Name}-{options.Seed}-{input}");
        File.WriteAllBytes(kept, file);
        Console.WriteLine($"The input is in '{kept}'.");
        string folder = Directory.CreateTempSubdirectory("mlnetvision-fuzz-").FullName;
        try
        {
            reader.Read(file, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Console.WriteLine("It was read.");
        return 0;
    }

    private static FuzzReport Run(FuzzReader reader, FuzzOptions options, Mailbox mailbox, string folder)
    {
        IReadOnlyList<byte[]> seeds = reader.Seeds();
        foreach (byte[] seed in seeds)
        {
            reader.Read(seed, folder); // a good file must be read; the first also loads what the reader needs
        }

        var damage = new Damage(seeds, reader.IsText);
        var kinds = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var failures = new List<string>();
        (double slowest, long slowestInput, long input) = (0, 0, 0);
        var clock = Stopwatch.StartNew();
        for (; input < options.Most && (clock.Elapsed < options.Time || (reader.IsText && input < LeastTexts)) && failures.Count < MostFailures; input++)
        {
            byte[] file = damage.Make(options.Seed, input);
            mailbox.Input = input + 1;
            long begin = Stopwatch.GetTimestamp();
            string kind = "read";
            try
            {
                reader.Read(file, folder);
            }
            catch (Exception e)
            {
                kind = e.GetType().Name;
                if (!reader.Documented.Contains(e.GetType()))
                {
                    failures.Add($"input {input}: {e.GetType().FullName}: {e.Message} {e.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("MLNetVision", StringComparison.Ordinal))?.Trim()}");
                }
            }

            double milliseconds = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            mailbox.Done = input + 1;
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
            if (milliseconds > slowest)
            {
                (slowest, slowestInput) = (milliseconds, input);
            }
        }

        using var self = Process.GetCurrentProcess();
        return new FuzzReport(input, slowest, slowestInput, self.PeakWorkingSet64, kinds, failures);
    }
}
