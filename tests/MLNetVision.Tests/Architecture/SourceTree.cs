using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Architecture;

/// <summary>The source files of the libraries under src, by their paths from there, with '/' between folders.</summary>
internal static class SourceTree
{
    // A tool that runs while the libraries are built, and no part of them.
    private static readonly string[] Tools = ["Publicize"];

    private static readonly string[] Built = ["bin", "obj"];

    public static string Root { get; } = Path.Combine(Goldens.RepositoryFolder(), "src");

    /// <summary>The libraries' folders, each of the name of its assembly.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. Directory.EnumerateFiles(Root, "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file)).Except(Tools).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> Files { get; } =
        [.. Projects.SelectMany(project => Directory.EnumerateFiles(Path.Combine(Root, project), "*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !Built.Contains(file.Split('/')[1])).Order(StringComparer.Ordinal)];

    /// <summary>All source files of the repository, by their whole paths.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. new[] { "src", "tests", "samples", "datasets" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Goldens.RepositoryFolder(), folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !Built.Any(built => file.Contains($"{Path.DirectorySeparatorChar}{built}{Path.DirectorySeparatorChar}"))).Order(StringComparer.Ordinal)];

    /// <summary>The folders of these tests that hold files.</summary>
    public static IReadOnlyList<string> TestFolders { get; } = OfTests(Path.Combine(Goldens.RepositoryFolder(), "tests", "MLNetVision.Tests"));

    public static string Folder(string file) => file[..file.LastIndexOf('/')];

    /// <summary>Whether a file or folder is this folder or lies in it, at any depth.</summary>
    public static bool IsUnder(string path, string folder) => path == folder || path.StartsWith(folder + '/', StringComparison.Ordinal);

    public static bool HasFolder(string folder) => Files.Any(file => IsUnder(file, folder));

    public static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static int LineCount(string file) => File.ReadLines(Path.Combine(Root, file)).Count();

    private static string[] OfTests(string root) =>
        [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, Path.GetDirectoryName(file)!).Replace('\\', '/'))
            .Where(folder => folder != "." && !Built.Contains(folder.Split('/')[0])).Distinct().Order(StringComparer.Ordinal)];
}
