using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MLNetVision.Fuzz;

/// <summary>Starts a child for each reader and watches it.</summary>
internal static class FuzzRun
{
    /// <summary>The most memory that a child may hold: a gigabyte, and what libtorch takes by itself.</summary>
    private const long MostBytes = 1L << 30;

    /// <summary>What an input may take of the processors' time, which busy neighbours do not lengthen.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(5);

    /// <summary>What an input may take by the clock: a wait without end takes no processor.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Start = TimeSpan.FromSeconds(120);

    /// <summary>Tries all readers that were asked for, one after the other.</summary>
    /// <returns>0 where every input was read or refused as documented.</returns>
    public static int All(FuzzOptions options)
    {
        Console.WriteLine($"{"reader",-18} {"inputs",9} {"slowest",9} {"peak",8}  outcomes");
        bool isGood = true;
        foreach (FuzzReader reader in Readers.All.Where(reader => options.Reader is null || reader.Name == options.Reader))
        {
            isGood &= One(reader, options);
        }

        Console.WriteLine(isGood ? "No crash, hang, excess of memory or exception of another kind." : "FAILED. --reader NAME --input N tries one input alone.");
        return isGood ? 0 : 1;
    }

    private static bool One(FuzzReader reader, FuzzOptions options)
    {
        string mailboxPath = Path.GetTempFileName();
        try
        {
            using var mailbox = new Mailbox(mailboxPath);
            using Process child = StartChild(reader, options, mailboxPath);
            Task<string> output = child.StandardOutput.ReadToEndAsync(), error = child.StandardError.ReadToEndAsync();
            string? problem = Watch(child, mailbox);
            if (problem is null && child.ExitCode != 0)
            {
                problem = $"the process ended with {child.ExitCode}: {error.Result.Trim()}";
            }

            if (problem is not null)
            {
                Console.WriteLine($"{reader.Name,-18} input {mailbox.Input - 1} of seed {options.Seed}: {problem}");
                return false;
            }

            FuzzReport report = JsonSerializer.Deserialize<FuzzReport>(output.Result)!;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{reader.Name,-18} {report.Inputs,9} {report.SlowestMilliseconds,6:f0} ms {report.PeakBytes >> 20,5} MB  {string.Join(", ", report.Kinds.Select(kind => $"{kind.Key} {kind.Value}"))}"));
            foreach (string failure in report.Failures)
            {
                Console.WriteLine($"  {failure}");
            }

            return report.Failures.Count == 0;
        }
        finally
        {
            File.Delete(mailboxPath);
        }
    }

    private static Process StartChild(FuzzReader reader, FuzzOptions options, string mailboxPath)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(FuzzRun).Assembly.Location] : [];
        string seconds = ((long)Math.Ceiling(options.Time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        foreach (string argument in (string[])[.. host, "--child", mailboxPath, "--reader", reader.Name, "--seed", $"{options.Seed}", "--seconds", seconds, "--most", $"{options.Most}"])
        {
            start.ArgumentList.Add(argument);
        }

        // In hexadecimal. What is managed throws beyond it; what is not, the watch finds.
        start.Environment["DOTNET_GCHeapHardLimit"] = MostBytes.ToString("x", CultureInfo.InvariantCulture);
        return Process.Start(start)!;
    }

    /// <summary>Waits for the child's end, and ends it where an input takes too long or too much.</summary>
    /// <returns>What went wrong; null for nothing.</returns>
    private static string? Watch(Process child, Mailbox mailbox)
    {
        long basis = 0, seen = 0;
        TimeSpan spent = TimeSpan.Zero;
        var since = Stopwatch.StartNew();
        while (!child.WaitForExit(100))
        {
            long held;
            TimeSpan used;
            try
            {
                child.Refresh();
                (held, used) = (child.WorkingSet64, child.TotalProcessorTime);
            }
            catch (InvalidOperationException)
            {
                continue; // it has just ended
            }

            long input = mailbox.Input;
            if (input != seen || (input > 0 && mailbox.Done == input))
            {
                basis = seen == 0 ? held : basis;
                seen = input;
                spent = used;
                since.Restart();
            }

            TimeSpan limit = seen == 0 ? Start : Wait;
            string? problem = since.Elapsed > limit ? $"took more than {limit.TotalSeconds} s"
                : seen > 0 && used - spent > Hang ? $"took more than {Hang.TotalSeconds} s of the processors"
                : seen > 0 && held - basis > MostBytes ? $"took {(held - basis) >> 20} MB"
                : null;
            if (problem is not null)
            {
                child.Kill();
                child.WaitForExit();
                return problem;
            }
        }

        return null;
    }
}
