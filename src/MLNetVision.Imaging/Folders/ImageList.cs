using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Folders;

/// <summary>Reads a CSV or TSV file of picture path and label; paths count from the file's folder.</summary>
internal static class ImageList
{
    /// <summary>The listed pictures in the file's order.</summary>
    /// <exception cref="InvalidDataException">No line names a picture.</exception>
    public static LabelledFiles Read(string file, bool checkFiles, bool? hasHeader)
    {
        char separator = Path.GetExtension(file).Equals(".csv", StringComparison.OrdinalIgnoreCase) ? ',' : '\t';
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var files = new List<LabelledFile>();
        var bad = new List<string>();
        bool isFirst = true;
        foreach ((int number, IReadOnlyList<string> fields) in CsvText.Read(File.ReadAllText(file), separator))
        {
            bool mayBeHeader = isFirst;
            isFirst = false;
            string path = Path.GetFullPath(fields[0].Replace('\0', '?'), folder); // no path has a NUL
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
            $"No line of '{file}' names a picture and a label, separated by a {(separator == ',' ? "comma" : "tab")}.{LabelledFiles.LeftOut(bad)}");
    }
}
