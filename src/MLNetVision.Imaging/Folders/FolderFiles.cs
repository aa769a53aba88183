namespace MLNetVision.Imaging.Folders;

/// <summary>
/// Lists the files of a data set without what systems and programs put beside them: hidden files and folders (.ipynb_checkpoints, .git, and the ._ twins
/// of macOS), the folder __MACOSX of its archives, the thumbnails of network drives (@eaDir), what a check of a disk has found. Links are followed, but none
/// back to a folder on the way to it.
/// </summary>
internal static class FolderFiles
{
    private static readonly EnumerationOptions Seen = new() { AttributesToSkip = FileAttributes.Hidden | FileAttributes.System, IgnoreInaccessible = false };

    /// <summary>The files in a folder and below it, in no order.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public static IEnumerable<string> Below(string folder) => Below(folder, [RealPath(folder)]);

    /// <summary>The files in a folder itself that are seen, in no order.</summary>
    public static IEnumerable<string> In(string folder) => Directory.EnumerateFiles(folder, "*", Seen).Where(file => !IsAside(file));

    /// <summary>The folders in a folder that are seen, in ordinal order.</summary>
    public static IEnumerable<string> Subfolders(string folder) =>
        Directory.EnumerateDirectories(folder, "*", Seen).Where(path => !IsAside(path)).Order(StringComparer.Ordinal);

    private static bool IsAside(string path) => Path.GetFileName(path.AsSpan()) is ['.', ..] or "__MACOSX" or "@eaDir" or "lost+found";

    private static IEnumerable<string> Below(string folder, List<string> way)
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
            foreach (string file in Below(sub, way))
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
