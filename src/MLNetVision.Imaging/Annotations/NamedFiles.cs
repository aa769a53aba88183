using MLNetVision.Imaging.Folders;

namespace MLNetVision.Imaging.Annotations;

/// <summary>
/// Finds the files that an annotation file names. Whoever wrote it may be a stranger: what it names must lie in the folder that
/// the user gave, unless the user says otherwise, and nothing is ever fetched.
/// </summary>
/// <param name="folder">The user's folder; it may itself be a link.</param>
/// <param name="allowsOutside">Whether names may leave it.</param>
internal sealed class NamedFiles(string folder, bool allowsOutside)
{
    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
    private readonly HashSet<string> _foldersInside = new(StringComparer.Ordinal);
    private string? _realRoot;

    /// <summary>The file of a name that counts from the folder.</summary>
    /// <exception cref="InvalidDataException">It is no name of a file, or leaves the folder.</exception>
    public string Find(string name) => Find(name, folder);

    /// <summary>The file of a name that counts from another folder, within the user's.</summary>
    /// <exception cref="InvalidDataException">It is no name of a file, or leaves the user's folder.</exception>
    public string Find(string name, string from)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Contains('\0'))
        {
            throw new InvalidDataException(name.Length == 0 ? "the name of the picture is empty" : $"'{name.Replace('\0', '?')}' is not the name of a file");
        }

        if (IsUrl(name))
        {
            throw new InvalidDataException($"'{name}' is a URL; pictures are read from files and never fetched");
        }

        string path = Path.Combine(from, name);
        if (!allowsOutside)
        {
            CheckInside(name, from, path);
        }

        return path;
    }

    /// <summary>Whether a file or folder is the user's folder or lies in it, not over a link out of it.</summary>
    public bool Holds(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return full == _root || (IsIn(_root, full) && StaysInside(full));
    }

    private static bool IsUrl(string name)
    {
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        return colon > 1 && name[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.')
            && (name.AsSpan(colon).StartsWith("://", StringComparison.Ordinal) || name[..colon].ToLowerInvariant() is "file" or "data");
    }

    private void CheckInside(string name, string from, string path)
    {
        // A drive or server of Windows is nowhere inside, whatever this system makes of it.
        bool isForeign = name.StartsWith('\\') || (!Path.IsPathFullyQualified(name) && name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0]));
        if (isForeign || !IsIn(_root, Path.GetFullPath(path)) || !IsIn(_root, Path.GetFullPath(Path.Combine(from, name.Replace('\\', '/')))))
        {
            throw Outside(name, "leaves");
        }

        if (!StaysInside(Path.GetFullPath(path)))
        {
            throw Outside(name, "is, or goes over, a link out of");
        }
    }

    private bool StaysInside(string path)
    {
        string parent = Path.GetDirectoryName(path)!;
        if (parent.Length > _root.Length && !_foldersInside.Contains(parent))
        {
            if (!StaysInside(parent))
            {
                return false;
            }

            _foldersInside.Add(parent);
        }

        var file = new FileInfo(path);
        if (file.LinkTarget is null)
        {
            return true;
        }

        string? target = file.ResolveLinkTarget(returnFinalTarget: true) is { } found ? FolderFiles.RealPath(found.FullName) : null;
        return target is not null && (IsIn(RealRoot(), target) || target == RealRoot());
    }

    private InvalidDataException Outside(string name, string how) => new(
        $"'{name}' {how} the folder '{folder}'; {nameof(SegmentationLoadOptions)}.{nameof(SegmentationLoadOptions.AllowOutsideFolder)} allows such names of files that you trust");

    private string RealRoot() => _realRoot ??= FolderFiles.RealPath(_root);

    private static bool IsIn(string root, string path) =>
        path.Length > root.Length && path.StartsWith(root, OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)
        && (Path.EndsInDirectorySeparator(root) || path[root.Length] == Path.DirectorySeparatorChar);
}
