using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Folders;

/// <summary>Reads a CSV or TSV file of picture path and label; paths count from the file's folder, and may be those of Windows.</summary>
internal static class ImageList
{
    /// <summary>The listed pictures in the file's order.</summary>
    /// <exception cref="InvalidDataException">No line names a picture.</exception>
    public static LabelledFiles Read(string file, bool checkFiles, bool? hasHeader)
    {
        string text = File.ReadAllText(file);
        char separator = SeparatorOf(file, text);
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var files = new List<LabelledFile>();
        var bad = new List<string>();
        bool isFirst = true;
        foreach ((int number, IReadOnlyList<string> fields) in CsvText.Read(text, separator))
        {
            bool mayBeHeader = isFirst;
            isFirst = false;
            string path = PathOf(fields[0].Replace('\0', '?'), folder); // no path has a NUL
            if (mayBeHeader && (hasHeader ?? !File.Exists(path)))
            {
                continue;
            }

            string? problem = fields.Count < 2 || fields[1].Length == 0 ? "has no label"
                : !File.Exists(path) ? $"names '{path}', which does not exist"
                : checkFiles ? LabelFolders.Problem(path) : null;
            if (problem is null)
            {
                files.Add(new LabelledFile(path, fields[1], null));
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
        string path = Path.GetFullPath(name, folder);
        return name.Contains('\\') && !OperatingSystem.IsWindows() && !File.Exists(path) ? Path.GetFullPath(name.Replace('\\', '/'), folder) : path;
    }
}
