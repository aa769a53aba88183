using MLNetVision.Imaging.Options;

namespace MLNetVision.Imaging.Files;

/// <summary>Finds the files that a mistyped name may have meant.</summary>
internal static class NearNames
{
    private const int Shown = 3;

    /// <summary>The files and folders of a folder whose names are near to one, the nearest first, by their paths.</summary>
    public static IReadOnlyList<string> In(string folder, string name)
    {
        try
        {
            return
            [
                .. Directory.EnumerateFileSystemEntries(folder)
                    .Where(path => !Path.GetFileName(path).StartsWith('.'))
                    .Select(path => (Path: path, Distance: NearestName.Distance(Path.GetFileName(path), name)))
                    .Where(item => item.Distance <= Math.Max(1, name.Length / 3))
                    .OrderBy(item => item.Distance).ThenBy(item => item.Path, StringComparer.Ordinal)
                    .Take(Shown).Select(item => item.Path),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>" Did you mean …?" of a file that is missing; nothing where no name beside it is near.</summary>
    public static string Question(string path)
    {
        string full = Path.GetFullPath(path);
        return Question(Path.GetDirectoryName(full) is { } folder ? In(folder, Path.GetFileName(full)) : []);
    }

    /// <summary>" Did you mean …?"; nothing of no names.</summary>
    public static string Question(IReadOnlyList<string> near) => near.Count == 0 ? string.Empty : $" Did you mean {string.Join(" or ", near.Select(name => $"'{name}'"))}?";
}
