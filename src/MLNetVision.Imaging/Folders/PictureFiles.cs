using System.Text;
using System.Text.RegularExpressions;

namespace MLNetVision.Imaging.Folders;

/// <summary>Finds picture files by what people write: a file, a folder, or a pattern.</summary>
public static class PictureFiles
{
    private static readonly char[] Wildcards = ['*', '?'];

    /// <summary>The pictures that a name stands for, in the order of their paths.</summary>
    /// <param name="source">
    /// A file, whatever its ending; a folder, for the pictures in it and below it, those of kinds that cannot be decoded (TIFF, HEIC, AVIF) too, so that
    /// they are missed by nobody; or a pattern, in which * stands for any part of a name, ? for a character and ** for any folders.
    /// What exists is no pattern, whatever letters it has.
    /// </param>
    /// <returns>Paths that begin as <paramref name="source"/> does.</returns>
    /// <exception cref="FileNotFoundException">There is no such file or folder, or nothing that the pattern fits.</exception>
    /// <exception cref="InvalidDataException">The folder has no pictures.</exception>
    public static IReadOnlyList<string> Find(string source)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        if (File.Exists(source))
        {
            return [source];
        }

        if (Directory.Exists(source))
        {
            string[] pictures = Ordered(FolderFiles.Below(source));
            return pictures.Length > 0 ? pictures : throw new InvalidDataException($"There are no pictures in the folder '{Path.GetFullPath(source)}', nor below it.");
        }

        if (source.IndexOfAny(Wildcards) < 0)
        {
            throw new FileNotFoundException($"There is no file or folder '{Path.GetFullPath(source)}'.", source);
        }

        string pattern = source.Replace('\\', '/');
        int slash = pattern.LastIndexOf('/', pattern.IndexOfAny(Wildcards));
        string folder = slash < 0 ? string.Empty : source[..(slash + 1)];
        string from = slash < 0 ? "." : folder;
        var fits = new Regex(ToExpression(pattern[(slash + 1)..]), RegexOptions.CultureInvariant);
        string[] found = Directory.Exists(from)
            ? Ordered(FolderFiles.Below(from).Select(file => Path.GetRelativePath(from, file)).Where(file => fits.IsMatch(file.Replace('\\', '/'))).Select(file => folder + file))
            : [];
        return found.Length > 0 ? found : throw new FileNotFoundException($"The pattern '{source}' fits no picture below '{Path.GetFullPath(from)}'.", source);
    }

    private static string[] Ordered(IEnumerable<string> files) => [.. files.Where(file => FileEndings.IsPicture(file) || FileEndings.IsUnreadable(file)).Order(StringComparer.Ordinal)];

    private static string ToExpression(string pattern)
    {
        var expression = new StringBuilder("^");
        for (int i = 0; i < pattern.Length; i++)
        {
            if (string.CompareOrdinal(pattern, i, "**/", 0, 3) == 0)
            {
                expression.Append("(.*/)?");
                i += 2;
            }
            else if (string.CompareOrdinal(pattern, i, "**", 0, 2) == 0)
            {
                expression.Append(".*");
                i++;
            }
            else
            {
                expression.Append(pattern[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
            }
        }

        return expression.Append('$').ToString();
    }
}
