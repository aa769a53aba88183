using System.Runtime.InteropServices;

namespace MLNetVision.Imaging.Files;

/// <summary>Replaces a whole folder at once: whoever looks sees the old content or the new, also after a crash.</summary>
/// <remarks>
/// The new content is written beside the folder. Linux and macOS then exchange the two folders in one step. Where the
/// system or file system cannot, the old folder is moved aside first; should the process die between the two moves,
/// <see cref="Current"/> finds the old folder where it was put. What a crash may leave behind is a hidden folder
/// <c>.name.*.tmp</c> beside the folder.
/// </remarks>
internal static partial class FolderSwap
{
    /// <summary>The folder to read: itself, or where a crash between two moves left it.</summary>
    public static string Current(string folder)
    {
        string target = Resolve(folder);
        return !Directory.Exists(target) && Directory.Exists(Previous(target)) ? Previous(target) : target;
    }

    /// <summary>The file to read: itself, or where a crash between two moves left its folder.</summary>
    public static string CurrentFile(string file) => !File.Exists(file) && Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder
        ? Path.Combine(Current(folder), Path.GetFileName(file))
        : file;

    /// <summary>The file of a name in a folder, or the file itself where that is named.</summary>
    /// <param name="path">A folder, or a file.</param>
    /// <param name="name">The file's name in a folder.</param>
    public static string CurrentFile(string path, string name) =>
        Current(path) is var folder && Directory.Exists(folder) ? Path.Combine(folder, name) : CurrentFile(path);

    /// <summary>Replaces a folder.</summary>
    /// <param name="folder">The folder; it need not exist. Of a link to a folder, the folder itself is replaced.</param>
    /// <param name="isReplaced">Which of the old files go; all others, and subfolders, are carried over.</param>
    /// <param name="write">Writes the new files into the folder that it is given.</param>
    public static void Replace(string folder, Predicate<string> isReplaced, Action<string> write) => Replace(folder, isReplaced, write, TryExchange);

    /// <inheritdoc cref="Replace(string, Predicate{string}, Action{string})"/>
    /// <param name="folder">The folder.</param>
    /// <param name="isReplaced">Which of the old files go.</param>
    /// <param name="write">Writes the new files.</param>
    /// <param name="tryExchange">Exchanges two folders in one step; false where the system cannot.</param>
    internal static void Replace(string folder, Predicate<string> isReplaced, Action<string> write, Func<string, string, bool> tryExchange)
    {
        string target = Resolve(folder);
        string parent = Path.GetDirectoryName(target) ?? throw new IOException($"'{folder}' is the root of a file system and cannot be replaced.");
        Directory.CreateDirectory(parent);
        if (!Directory.Exists(target) && Directory.Exists(Previous(target)))
        {
            Directory.Move(Previous(target), target);
        }

        string aside = Path.Combine(parent, $".{Path.GetFileName(target)}.{Guid.NewGuid():n}.tmp");
        Directory.CreateDirectory(aside);
        try
        {
            write(aside);
            if (Directory.Exists(target))
            {
                CarryOver(new DirectoryInfo(target), aside, isReplaced);
                Swap(aside, target, tryExchange);
            }
            else
            {
                Directory.Move(aside, target);
            }
        }
        finally
        {
            if (Directory.Exists(aside))
            {
                Directory.Delete(aside, recursive: true);
            }
        }
    }

    private static void Swap(string aside, string target, Func<string, string, bool> tryExchange)
    {
        if (tryExchange(aside, target))
        {
            return;
        }

        string previous = Previous(target);
        if (Directory.Exists(previous))
        {
            Directory.Delete(previous, recursive: true);
        }

        Directory.Move(target, previous);
        Directory.Move(aside, target);
        Directory.Delete(previous, recursive: true);
    }

    private static void CarryOver(DirectoryInfo old, string target, Predicate<string> isReplaced)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(target, old.UnixFileMode);
        }

        foreach (FileSystemInfo item in old.EnumerateFileSystemInfos())
        {
            string copy = Path.Combine(target, item.Name);
            if (Path.Exists(copy))
            {
                continue; // written anew
            }

            switch (item)
            {
                case { LinkTarget: { } link } and FileInfo when !isReplaced(item.Name):
                    File.CreateSymbolicLink(copy, link);
                    break;
                case { LinkTarget: { } link } and DirectoryInfo:
                    Directory.CreateSymbolicLink(copy, link);
                    break;
                case DirectoryInfo folder:
                    Directory.CreateDirectory(copy);
                    CarryOver(folder, copy, static _ => false);
                    break;
                case FileInfo file when !isReplaced(item.Name):
                    file.CopyTo(copy);
                    break;
            }
        }
    }

    private static string Resolve(string folder)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Directory.Exists(full) ? new DirectoryInfo(full).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full : full;
    }

    private static string Previous(string target) => Path.Combine(Path.GetDirectoryName(target) ?? target, $".{Path.GetFileName(target)}.previous");

    private static bool TryExchange(string first, string second)
    {
        const int CurrentFolder = -100; // AT_FDCWD
        const uint Exchange = 2; // RENAME_EXCHANGE, RENAME_SWAP
        try
        {
            return (OperatingSystem.IsLinux() && RenameAt(CurrentFolder, first, CurrentFolder, second, Exchange) == 0)
                || (OperatingSystem.IsMacOS() && Rename(first, second, Exchange) == 0);
        }
        catch (EntryPointNotFoundException)
        {
            return false; // a C library without the call
        }
    }

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(int firstFolder, string first, int secondFolder, string second, uint flags);

    [LibraryImport("libSystem", EntryPoint = "renamex_np", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string first, string second, uint flags);
}
