using System.Runtime.CompilerServices;

namespace MLNetVision.Tests.Support;

/// <summary>Finds the golden cases: in the folder that MLNETVISION_GOLDENS names, else in tests/goldens.</summary>
internal static class Goldens
{
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("MLNETVISION_GOLDENS") is { Length: > 0 } folder ? folder : Path.Combine(RepositoryFolder(), "tests", "goldens");

    /// <summary>
    /// The names of an area's cases that fit, one row of a data-driven test each. A test without rows fails, so an
    /// empty area fails.
    /// </summary>
    public static IEnumerable<object[]> Names(string area, Predicate<GoldenCase>? fits = null)
    {
        string folder = Path.Combine(Root, area);
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        foreach (string file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            if (fits is null || fits(Load(area, name)))
            {
                yield return [name];
            }
        }
    }

    public static GoldenCase Load(string area, string name) => new(area, name);

    /// <summary>The repository: where the environment variable MLNETVISION_REPOSITORY says, for tests that run elsewhere than they were built.</summary>
    public static string RepositoryFolder() => Environment.GetEnvironmentVariable("MLNETVISION_REPOSITORY") is { Length: > 0 } folder ? folder : BuiltFrom();

    private static string BuiltFrom() => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", ".."));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
