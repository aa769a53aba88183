using System.IO.Enumeration;

namespace MLNetVision.Imaging.Folders;

/// <summary>
/// Lists the files of a data set without what systems and programs put beside them: hidden files and folders (.ipynb_checkpoints, .git, and the ._ twins
/// of macOS), the folder __MACOSX of its archives, and the thumbnails of network drives (@eaDir).
/// </summary>
internal static class FolderFiles
{
    /// <summary>The files in a folder and below it, in no order.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IEnumerable<string> Below(string folder) =>
        new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = default, IgnoreInaccessible = false })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && !IsAside(entry.FileName),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsAside(entry.FileName),
        };

    /// <summary>Whether a file or folder of this name, not its path, is none of the data.</summary>
    public static bool IsAside(ReadOnlySpan<char> name) => name is ['.', ..] or "__MACOSX" or "@eaDir";

    /// <summary>Whether a file lies in such a folder, or is such a file itself.</summary>
    /// <param name="path">The path, counted from the folder of the data.</param>
    public static bool IsPathAside(string path)
    {
        foreach (Range part in path.AsSpan().SplitAny('/', '\\'))
        {
            ReadOnlySpan<char> name = path.AsSpan()[part];
            if (name is not ("." or "..") && IsAside(name))
            {
                return true;
            }
        }

        return false;
    }
}
