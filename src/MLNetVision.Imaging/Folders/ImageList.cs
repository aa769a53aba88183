using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Folders;

/// <summary>Reads a CSV or TSV file of picture path and label; paths count from the file's folder, and may be those of Windows.</summary>
internal static class ImageList
{
    private const char Unreadable = '\uFFFD'; // what bytes become that are no UTF-8

    private static readonly string[] PictureNames = ["image", "path", "file", "filename", "file_name", "filepath", "image_path", "picture"], LabelNames = ["label", "class", "category"];

    /// <summary>The listed pictures in the file's order.</summary>
    /// <param name="file">The file.</param>
    /// <param name="checkFiles">Whether files that are no pictures are left out.</param>
    /// <param name="hasHeader">Whether the first line holds the names of columns; null if its first field tells, which is none where it is the name of a picture.</param>
    /// <exception cref="InvalidDataException">No line names a picture, or there is a column for each class.</exception>
    public static LabelledFiles Read(string file, bool checkFiles, bool? hasHeader)
    {
        string text = File.ReadAllText(file);
        char separator = SeparatorOf(file, text);
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        (int Number, IReadOnlyList<string> Fields)[] lines = [.. CsvText.Read(text, separator)];
        (int picture, int label) = (0, 1);
        if (lines.Length > 0 && (hasHeader ?? !IsPicture(lines[0].Fields[0], folder)))
        {
            IReadOnlyList<string> header = lines[0].Fields;
            lines = lines[1..];
            (int named, int labelled) = (PlaceOf(header, PictureNames), PlaceOf(header, LabelNames));
            (picture, label) = named >= 0 && labelled >= 0 ? (named, labelled) : (picture, label);
            if (labelled < 0 && header.Count > 2 && lines.Length > 0 && lines.All(line => line.Fields.Skip(1).All(field => field is "0" or "1" or "0.0" or "1.0")))
            {
                throw new InvalidDataException($"'{file}' has a column for each class ({string.Join(", ", header.Skip(1).Take(5))}{(header.Count > 6 ? ", …" : string.Empty)}), where one column with the label of each picture was expected.");
            }
        }

        var files = new List<LabelledFile>();
        var bad = new List<string>();
        foreach ((int number, IReadOnlyList<string> fields) in lines)
        {
            string name = picture < fields.Count ? fields[picture] : string.Empty;
            string path = PathOf(name, folder);
            string? problem = label >= fields.Count || fields[label].Length == 0 ? "has no label"
                : name.Length == 0 ? "names no picture"
                : name.Contains(Unreadable) || fields[label].Contains(Unreadable) ? "has bytes that are no UTF-8; save the file as UTF-8"
                : !File.Exists(path) ? $"names '{path}', which does not exist"
                : checkFiles ? LabelFolders.Problem(path) : null;
            if (problem is null)
            {
                files.Add(new LabelledFile(path, fields[label], null));
            }
            else
            {
                bad.Add($"line {number} of '{file}': {problem}");
            }
        }

        return files.Count > 0 ? new(files, bad) : throw new InvalidDataException(
            $"No line of '{file}' names a picture and a label, separated by a {separator switch { ',' => "comma", ';' => "semicolon", _ => "tab" }}.{LabelledFiles.LeftOut(bad)}");
    }

    // Where the comma is the decimal point, spreadsheets separate a CSV's fields by semicolons.
    private static char SeparatorOf(string file, string text)
    {
        ReadOnlySpan<char> first = text.AsSpan(0, text.AsSpan().IndexOfAny('\n', '\r') is >= 0 and var end ? end : text.Length);
        return !Path.GetExtension(file).Equals(".csv", StringComparison.OrdinalIgnoreCase) ? '\t' : first.Contains(';') && !first.Contains(',') ? ';' : ',';
    }

    // Lists that were written on Windows separate folders by the other stroke, which a name may have elsewhere.
    private static string PathOf(string name, string folder)
    {
        name = name.Replace('\0', '?'); // no path has a NUL
        string path = Path.GetFullPath(name, folder);
        return name.Contains('\\') && !OperatingSystem.IsWindows() && !File.Exists(path) ? Path.GetFullPath(name.Replace('\\', '/'), folder) : path;
    }

    private static bool IsPicture(string name, string folder) => FileEndings.IsPicture(name) || FileEndings.IsUnreadable(name) || File.Exists(PathOf(name, folder));

    private static int PlaceOf(IReadOnlyList<string> header, string[] names) => header.ToList().FindIndex(name => names.Contains(name, StringComparer.OrdinalIgnoreCase));
}
