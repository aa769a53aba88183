using System.Globalization;
using System.Runtime.CompilerServices;
using MLNetVision.Models.Common;

namespace MLNetVision.Benchmarks;

/// <summary>The command line after the benchmark's name: pairs of --option and value.</summary>
internal sealed class BenchmarkOptions
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>The folder of the peers: --peers, else shared/peers beside the repository.</summary>
    public string PeersFolder => Text("peers", Path.Combine(RepositoryFolder(), "..", "shared", "peers"));

    /// <summary>The threads of every engine: --threads, else 1.</summary>
    public int Threads => Number("threads", 1);

    /// <summary>In which numbers this project multiplies: --precision, else Single.</summary>
    public ScoringPrecision Precision => Enum.Parse<ScoringPrecision>(Text("precision", nameof(ScoringPrecision.Single)), ignoreCase: true);

    /// <summary>How far outputs may be from the peers', as a part of the largest; null: as far as the peers' files say.</summary>
    public double? RelativeTolerance => Precision == ScoringPrecision.Single ? null : 2e-2;

    public static BenchmarkOptions Parse(string[] arguments)
    {
        var options = new BenchmarkOptions();
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == arguments.Length)
            {
                throw new ArgumentException($"Expected --option value, got '{arguments[i]}'.");
            }

            options._values[arguments[i][2..]] = arguments[i + 1];
        }

        return options;
    }

    /// <summary>A number by its place, for benchmarks without named options.</summary>
    public static int Positional(string[] arguments, int index, int otherwise) =>
        arguments.Length > index ? int.Parse(arguments[index], CultureInfo.InvariantCulture) : otherwise;

    public string Text(string option, string otherwise) => _values.GetValueOrDefault(option, otherwise);

    public int Number(string option, int otherwise) => _values.TryGetValue(option, out string? value) ? int.Parse(value) : otherwise;

    public string[] List(string option, string otherwise) => Text(option, otherwise).Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static string RepositoryFolder([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
}
