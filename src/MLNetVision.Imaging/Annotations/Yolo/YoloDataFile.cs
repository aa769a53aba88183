namespace MLNetVision.Imaging.Annotations.Yolo;

/// <summary>What YOLO's data.yaml says: the names of the classes and the folder of each split's pictures.</summary>
/// <param name="Names">The classes in the order of their numbers.</param>
/// <param name="Root">The folder that the splits' folders count from.</param>
/// <param name="Splits">The folder of pictures of each split, as it is written.</param>
internal sealed record YoloDataFile(IReadOnlyList<string> Names, string Root, IReadOnlyDictionary<string, string> Splits)
{
    /// <summary>Reads the part of YAML that such files use: keys with a value, a list in brackets or on lines of its own, or numbered lines.</summary>
    /// <exception cref="InvalidDataException">It names no classes.</exception>
    public static YoloDataFile Read(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var names = new SortedDictionary<int, string>();
        var splits = new Dictionary<string, string>(StringComparer.Ordinal);
        string root = folder;
        string key = string.Empty;
        foreach (string raw in File.ReadLines(path))
        {
            string line = WithoutComment(raw).TrimEnd();
            string text = line.TrimStart();
            if (text.Length == 0)
            {
                continue;
            }

            bool isNested = line.Length > text.Length || text.StartsWith("- ", StringComparison.Ordinal);
            int colon = text.IndexOf(':');
            if (!isNested && colon > 0)
            {
                key = text[..colon].Trim();
                string value = text[(colon + 1)..].Trim();
                if (key == "names" && value.StartsWith('['))
                {
                    foreach (string name in value.Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                    {
                        names.Add(names.Count, Plain(name));
                    }
                }
                else if (key == "path" && value.Length > 0)
                {
                    root = Path.GetFullPath(Plain(value).Replace('\\', '/'), folder);
                }
                else if (value.Length > 0)
                {
                    splits[key] = Plain(value);
                }
            }
            else if (isNested && key == "names")
            {
                if (text.StartsWith("- ", StringComparison.Ordinal))
                {
                    names[names.Count] = Plain(text[2..]);
                }
                else if (colon > 0 && int.TryParse(text[..colon].Trim(), out int number))
                {
                    names[number] = Plain(text[(colon + 1)..]);
                }
            }
        }

        return names.Count > 0 && names.Keys.SequenceEqual(Enumerable.Range(0, names.Count))
            ? new YoloDataFile([.. names.Values], root, splits)
            : throw new InvalidDataException($"'{path}' has no 'names' of classes numbered from 0.");
    }

    /// <summary>The folder of a split's pictures.</summary>
    /// <exception cref="InvalidDataException">The file does not name the split, or there is no such folder.</exception>
    public string FolderOf(string split)
    {
        string written = Splits.TryGetValue(split, out string? folder) || (split == "val" && Splits.TryGetValue("valid", out folder)) || (split == "validation" && Splits.TryGetValue("val", out folder))
            ? folder.Replace('\\', '/')
            : throw new InvalidDataException($"The data file names no folder of pictures for '{split}'; it names {string.Join(", ", Splits.Keys)}.");

        // Roboflow writes ../train/images for what lies beside the file.
        string[] places = [Path.GetFullPath(written, Root), Path.GetFullPath(written.StartsWith("../", StringComparison.Ordinal) ? written[3..] : written, Root)];
        return places.FirstOrDefault(Directory.Exists) ?? throw new InvalidDataException($"The folder '{places[0]}' of the split '{split}' does not exist.");
    }

    private static string WithoutComment(string line)
    {
        int comment = line.StartsWith('#') ? 0 : line.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? line : line[..comment];
    }

    private static string Plain(string text) => text.Trim().Trim('"', '\'');
}
