using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;
using MLNetVision.Imaging.Levels;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Levels;

/// <summary>Runs tests of this assembly once more, in a process whose kernels are of another level.</summary>
internal static class LevelRun
{
    private static readonly XNamespace Report = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    /// <summary>Runs the tests that a filter takes.</summary>
    /// <param name="level">The level of the kernels.</param>
    /// <param name="runtime">Variables that make the runtime's own vectors those of such a processor.</param>
    /// <param name="filter">An expression as of <c>dotnet test --filter</c>.</param>
    public static async Task<LevelResult> RunAsync(KernelLevel level, IReadOnlyDictionary<string, string> runtime, string filter)
    {
        using var folder = new TemporaryFolder();
        var environment = new Dictionary<string, string>(runtime) { [KernelLevels.VariableName] = KernelLevels.Name(level) };
        var watch = Stopwatch.StartNew();
        FreshProcessResult process = await FreshProcess.RunToolAsync(
            environment, "vstest", typeof(LevelRun).Assembly.Location, $"--TestCaseFilter:{filter}", "--logger:trx;LogFileName=level.trx", $"--ResultsDirectory:{folder.Path}");
        string report = Path.Combine(folder.Path, "level.trx");
        if (!File.Exists(report))
        {
            throw new InvalidOperationException($"No tests ran: {process.Output}{process.Error}");
        }

        XDocument results = XDocument.Load(report);
        XElement counters = results.Descendants(Report + "Counters").Single();
        return new LevelResult(
            Count("total"), Count("passed"), Count("total") - Count("executed"), watch.Elapsed,
            [.. results.Descendants(Report + "UnitTestResult").Where(test => Outcome(test) is not ("Passed" or "NotExecuted")).Select(Describe)],
            process.ExitCode);

        int Count(string name) => int.Parse(counters.Attribute(name)!.Value, CultureInfo.InvariantCulture);
    }

    private static string? Outcome(XElement test) => test.Attribute("outcome")?.Value;

    private static string Describe(XElement test) =>
        $"{test.Attribute("testName")!.Value}: {Outcome(test)}. {test.Descendants(Report + "Message").FirstOrDefault()?.Value}";
}

/// <summary>What a run at a level gave.</summary>
/// <param name="Total">The tests that the filter took.</param>
/// <param name="Passed">Those that passed.</param>
/// <param name="Inconclusive">Those that said that they do not concern this level.</param>
/// <param name="Time">The whole process's.</param>
/// <param name="Failures">Name and message of each other test.</param>
/// <param name="ExitCode">The process's: 0, or 1 for failures.</param>
internal sealed record LevelResult(int Total, int Passed, int Inconclusive, TimeSpan Time, string[] Failures, int ExitCode);
