using System.Text;

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
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            List<string> fields = Fields(line, separator);
            string path = Path.GetFullPath(fields[0].Replace('\0', '?'), folder); // no path has a NUL
            if (number == 1 && (hasHeader ?? !File.Exists(path)))
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

    /// <summary>The fields of a line; quotes enclose separators, doubled quotes stand for one (RFC 4180, without line breaks).</summary>
    internal static List<string> Fields(string line, char separator)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (c == '"' && (quoted || field.Length == 0))
            {
                quoted = !quoted;
            }
            else if (c == separator && !quoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }

        fields.Add(field.ToString().Trim());
        return fields;
    }
}
