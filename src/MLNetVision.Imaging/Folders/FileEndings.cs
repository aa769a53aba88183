namespace MLNetVision.Imaging.Folders;

/// <summary>Which files are pictures by their names, in letters of either size.</summary>
internal static class FileEndings
{
    private static readonly HashSet<string> Readable = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif" };

    // Pictures that no decoder here reads: they are named where they are met, so that nobody misses them later.
    private static readonly HashSet<string> Unreadable = new(StringComparer.OrdinalIgnoreCase) { ".tif", ".tiff", ".heic", ".heif", ".avif" };

    /// <summary>Whether a file is a picture that can be read.</summary>
    public static bool IsPicture(string file) => Readable.Contains(Path.GetExtension(file));

    /// <summary>Whether a file is a picture of a kind that cannot be read.</summary>
    public static bool IsUnreadable(string file) => Unreadable.Contains(Path.GetExtension(file));

    /// <summary>The pictures that can be read among files.</summary>
    public static IEnumerable<string> Pictures(IEnumerable<string> files) => files.Where(IsPicture);

    /// <summary>The files with an ending.</summary>
    public static IEnumerable<string> Of(IEnumerable<string> files, string ending) => files.Where(file => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>A name without its endings of pictures, of which some tools add a second one: "a.jpg.png" is "a".</summary>
    public static string WithoutAll(string name)
    {
        while (IsPicture(name) || IsUnreadable(name))
        {
            name = Path.ChangeExtension(name, null);
        }

        return name;
    }
}
