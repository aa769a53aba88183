namespace MLNetVision.Imaging.Folders;

/// <summary>
/// The files in a folder and below it as a person sees them: without hidden ones and what systems put beside files (macOS' copies "._name", checkpoints
/// of notebooks). Links are followed, but none back to a folder on the way to it.
/// </summary>
internal static class FilesBelow
{
    /// <summary>Folders that systems make: of an archive that macOS packed, of what a check of the disk has found, and of a network drive's thumbnails.</summary>
    private static readonly string[] OfSystems = ["__MACOSX", "lost+found", "@eaDir"];

    private static readonly EnumerationOptions Seen = new() { AttributesToSkip = FileAttributes.Hidden | FileAttributes.System, IgnoreInaccessible = false };

    /// <summary>All files, in no order.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public static IEnumerable<string> Of(string folder) => Of(folder, [RealPath(folder)]);

    /// <summary>The files in a folder itself that are seen, in no order.</summary>
    public static IEnumerable<string> In(string folder) => Directory.EnumerateFiles(folder, "*", Seen).Where(file => !Path.GetFileName(file).StartsWith('.'));

    /// <summary>The folders in a folder that are seen, in ordinal order.</summary>
    public static IEnumerable<string> Subfolders(string folder) =>
        Directory.EnumerateDirectories(folder, "*", Seen).Where(path => !Path.GetFileName(path).StartsWith('.') && !OfSystems.Contains(Path.GetFileName(path))).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Of(string folder, List<string> way)
    {
        foreach (string file in In(folder))
        {
            yield return file;
        }

        foreach (string sub in Subfolders(folder))
        {
            string real = new DirectoryInfo(sub).LinkTarget is null ? Path.Combine(way[^1], Path.GetFileName(sub)) : RealPath(sub);
            if (way.Any(step => step == real || step.StartsWith(Path.EndsInDirectorySeparator(real) ? real : real + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
            {
                continue;
            }

            way.Add(real);
            foreach (string file in Of(sub, way))
            {
                yield return file;
            }

            way.RemoveAt(way.Count - 1);
        }
    }

    /// <summary>A path with all links on its way followed.</summary>
    public static string RealPath(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
        {
            return full;
        }

        string real = Path.Combine(RealPath(parent), Path.GetFileName(full));
        return new FileInfo(real).LinkTarget is null ? real : RealPath(File.ResolveLinkTarget(real, returnFinalTarget: true)!.FullName);
    }
}
