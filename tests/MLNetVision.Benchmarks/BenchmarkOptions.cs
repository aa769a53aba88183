using System.Globalization;
using System.Runtime.CompilerServices;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Benchmarks;

/// <summary>The command line after the benchmark's name: pairs of --option and value.</summary>
internal sealed class BenchmarkOptions
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>The folder of the peers: --peers, else shared/peers beside the repository.</summary>
    public string PeersFolder => Text("peers", Path.GetFullPath(Path.Combine(RepositoryFolder(), "..", "shared", "peers")));

    /// <summary>The threads of every engine: --threads, else 1.</summary>
    public int Threads => Number("threads", 1);

    /// <summary>In which numbers this project multiplies: --precision, else Single.</summary>
    public ScoringPrecision Precision => Enum.TryParse(Text("precision", nameof(ScoringPrecision.Single)), ignoreCase: true, out ScoringPrecision precision) && Enum.IsDefined(precision)
        ? precision
        : throw new BenchmarkUsageException($"Expected a --precision of {string.Join(" or ", Enum.GetNames<ScoringPrecision>())}, got '{Text("precision", "")}'.");

    /// <summary>How far outputs may be from the peers', as a part of the largest; null: as far as the peers' files say.</summary>
    public double? RelativeTolerance => Precision == ScoringPrecision.Single ? null : 2e-2;

    /// <param name="arguments">Pairs of --option and value.</param>
    /// <param name="known">The options that the benchmark reads.</param>
    public static BenchmarkOptions Parse(string[] arguments, params ReadOnlySpan<string> known)
    {
        var options = new BenchmarkOptions();
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal) || !known.Contains(arguments[i][2..]))
            {
                throw new BenchmarkUsageException($"Expected --option value, the options being {string.Join(", ", known.ToArray())}; got '{arguments[i]}'.");
            }

            options._values[arguments[i][2..]] = i + 1 < arguments.Length
                ? arguments[i + 1] : throw new BenchmarkUsageException($"Expected a value after '{arguments[i]}'.");
        }

        return options;
    }

    /// <summary>A number by its place, for benchmarks without named options.</summary>
    public static int Positional(string[] arguments, int index, int otherwise) =>
        arguments.Length > index ? ParseNumber(arguments[index], $"argument {index + 1}") : otherwise;

    /// <summary>The folder in a place.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="index">The place.</param>
    /// <param name="what">What the folder holds.</param>
    public static string Folder(string[] arguments, int index, string what)
    {
        if (arguments.Length <= index)
        {
            throw new BenchmarkUsageException($"Argument {index + 1} is missing: the folder of {what}.");
        }

        return ExistingFolder(arguments[index], what);
    }

    /// <summary>A folder's files with one of some endings, in order; at least one.</summary>
    public static string[] Files(string folder, params string[] endings)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories).Where(file => endings.Any(file.EndsWith)).Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new BenchmarkUsageException($"'{folder}' holds no {string.Join(" or ", endings)} file.");
    }

    /// <summary>A folder that is there.</summary>
    public static string ExistingFolder(string folder, string what) =>
        Directory.Exists(folder) ? folder : throw new BenchmarkUsageException($"The folder of {what} does not exist: '{Path.GetFullPath(folder)}'.");

    public string Text(string option, string otherwise) => _values.GetValueOrDefault(option, otherwise);

    public int Number(string option, int otherwise) => _values.TryGetValue(option, out string? value) ? ParseNumber(value, $"--{option}") : otherwise;

    public string[] List(string option, string otherwise) => Text(option, otherwise).Split(',', StringSplitOptions.RemoveEmptyEntries);

    internal static int ParseNumber(string text, string what) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number
        : throw new BenchmarkUsageException($"Expected a whole number for {what}, got '{text}'.");

    private static string RepositoryFolder([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
}
