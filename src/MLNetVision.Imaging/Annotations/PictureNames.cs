namespace MLNetVision.Imaging.Annotations;

/// <summary>
/// Finds the files that annotations name though the name was written on another system or for another place: with the other
/// separator, as in a URL or not, with its ending in other letters, without the subfolder it lies in.
/// </summary>
/// <param name="folder">The user's folder.</param>
/// <param name="allowsOutside">Whether names may leave it.</param>
internal sealed class PictureNames(string folder, bool allowsOutside)
{
    private readonly NamedFiles _files = new(folder, allowsOutside);
    private Dictionary<string, string?>? _bySimpleName;

    /// <summary>The file of a name; if none exists, where it should be.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isUrl">Whether the name is written as in a URL, which is then tried first.</param>
    /// <exception cref="InvalidDataException">It is no name of a file, or leaves the folder.</exception>
    public string Find(string name, bool isUrl = false) => Find(name, folder, isUrl);

    /// <summary>The same for a name that counts from another folder, within the user's.</summary>
    /// <exception cref="InvalidDataException">It is no name of a file, or leaves the folder.</exception>
    public string Find(string name, string from, bool isUrl = false)
    {
        string first = isUrl ? Unescape(name) : name;
        string expected = _files.Find(first.Contains('\\') && !OperatingSystem.IsWindows() && !File.Exists(Path.Combine(from, first)) ? first.Replace('\\', '/') : first, from);
        if (File.Exists(expected))
        {
            return expected;
        }

        foreach (string other in Spellings(name).Skip(1))
        {
            if (TryFind(other, from) is { } path)
            {
                return path;
            }
        }

        return InSubfolders(first) ?? expected;
    }

    /// <summary>The last part of a URL as a file's name; null if there is none.</summary>
    public static string? OfUrl(string url)
    {
        string path = url.Split('?', '#')[0].TrimEnd('/');
        string name = Unescape(path[(path.LastIndexOf('/') + 1)..]);
        return name.Length == 0 || name.Contains('/') ? null : name;
    }

    private static IEnumerable<string> Spellings(string name)
    {
        string here = name.Replace('\\', '/');
        string[] spellings = [name, here, Unescape(here), string.Join('/', here.Split('/').Select(Uri.EscapeDataString))];
        return spellings.Concat(spellings.SelectMany(EndingsOf)).Distinct(StringComparer.Ordinal);
    }

    private static IEnumerable<string> EndingsOf(string name)
    {
        string ending = Path.GetExtension(name);
        string stem = name[..^ending.Length];
        return ending.Length == 0 ? [] : [stem + ending.ToLowerInvariant(), stem + ending.ToUpperInvariant()];
    }

    private static string Unescape(string name)
    {
        try
        {
            return name.Contains('%') ? Uri.UnescapeDataString(name) : name;
        }
        catch (UriFormatException)
        {
            return name;
        }
    }

    private string? TryFind(string name, string from)
    {
        try
        {
            string path = _files.Find(name, from);
            return File.Exists(path) ? path : null;
        }
        catch (InvalidDataException)
        {
            return null; // another spelling that leaves the folder
        }
    }

    // Cityscapes' lists, and tools that divide a data set afterwards, name files without their folders.
    private string? InSubfolders(string name)
    {
        if (name.Contains('/') || name.Contains('\\') || !Directory.Exists(folder))
        {
            return null;
        }

        if (_bySimpleName is null)
        {
            _bySimpleName = new Dictionary<string, string?>(StringComparer.Ordinal);
            foreach (string sub in Directory.EnumerateDirectories(folder).Where(sub => new DirectoryInfo(sub).LinkTarget is null))
            {
                foreach (string file in Directory.EnumerateFiles(sub, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
                {
                    string simple = Path.GetFileName(file);
                    _bySimpleName[simple] = _bySimpleName.ContainsKey(simple) ? null : file;
                }
            }
        }

        return _bySimpleName.GetValueOrDefault(name);
    }
}
