namespace MLNetVision.Imaging.Annotations.Yolo;

/// <summary>What YOLO's data.yaml says: the names of the classes and where each split's pictures are.</summary>
/// <param name="Path">The file.</param>
/// <param name="Names">The classes in the order of their numbers.</param>
/// <param name="Root">The folder that the splits' folders count from, as it is written; null for that of the file.</param>
/// <param name="Splits">The folders or lists of pictures of each split, as they are written.</param>
internal sealed record YoloDataFile(string Path, IReadOnlyList<string> Names, string? Root, IReadOnlyDictionary<string, IReadOnlyList<string>> Splits)
{
    /// <summary>The keys of splits in YOLO's files, and what other programs call them.</summary>
    private static readonly string[][] SplitNames = [["train", "training"], ["val", "valid", "validation"], ["test", "testing"]];

    /// <summary>The splits that the file names, by the names that YOLO gives them.</summary>
    public IEnumerable<string> SplitsNamed => SplitNames.Where(names => names.Any(Splits.ContainsKey)).Select(names => names[0]);

    /// <summary>Reads the part of YAML that such files use: keys with a value, a list in brackets or on lines of its own, or numbered lines.</summary>
    /// <exception cref="InvalidDataException">It names no classes.</exception>
    public static YoloDataFile Read(string path)
    {
        var names = new SortedDictionary<int, string>();
        var splits = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var listed = new List<string>();
        string? root = null;
        string key = string.Empty;
        foreach (string raw in File.ReadLines(path))
        {
            string line = WithoutComment(raw).TrimEnd();
            string text = line.TrimStart();
            if (text.Length == 0)
            {
                continue;
            }

            bool isItem = text.StartsWith("- ", StringComparison.Ordinal);
            bool isNested = line.Length > text.Length || isItem;
            int colon = text.IndexOf(':');
            if (!isNested && colon > 0)
            {
                key = text[..colon].Trim();
                listed = [];
                string value = text[(colon + 1)..].Trim();
                if (key == "names" && value.StartsWith('['))
                {
                    foreach (string name in Items(value))
                    {
                        names.Add(names.Count, name);
                    }
                }
                else if (key == "path" && value.Length > 0)
                {
                    root = Plain(value);
                }
                else if (value.Length > 0)
                {
                    splits[key] = value.StartsWith('[') ? Items(value) : [Plain(value)];
                }
            }
            else if (isNested && key == "names")
            {
                if (isItem)
                {
                    names[names.Count] = Plain(text[2..]);
                }
                else if (colon > 0 && int.TryParse(text[..colon].Trim(), out int number))
                {
                    names[number] = Plain(text[(colon + 1)..]);
                }
            }
            else if (isItem)
            {
                listed.Add(Plain(text[2..]));
                splits[key] = listed;
            }
        }

        return names.Count > 0 && names.Keys.SequenceEqual(Enumerable.Range(0, names.Count))
            ? new YoloDataFile(path, [.. names.Values], root, splits)
            : throw new InvalidDataException($"'{path}' has no 'names' of classes numbered from 0.");
    }

    /// <summary>Where a split's pictures are: folders, or lists of pictures (*.txt).</summary>
    /// <param name="split">The split.</param>
    /// <param name="allowsOutside">Whether they may lie outside of the file's folder.</param>
    /// <exception cref="InvalidDataException">The file does not name the split, or there is no such folder or list where it may be.</exception>
    public IReadOnlyList<string> PlacesOf(string split, bool allowsOutside)
    {
        string[] names = SplitNames.FirstOrDefault(names => names.Contains(split), [split]);
        IReadOnlyList<string> written = names.Prepend(split).Where(Splits.ContainsKey).Select(name => Splits[name]).FirstOrDefault()
            ?? throw new InvalidDataException($"'{Path}' names no folder of pictures for '{split}'; it names {string.Join(", ", Splits.Keys)}.");
        return [.. written.Select(place => Find(place.Replace('\\', '/'), split, allowsOutside))];
    }

    // Such files come with a folder that was moved, or never was where they say: "path" is another machine's, and Roboflow writes ../train/images for
    // what lies beside the file. What lies in the file's own folder is taken first, and nothing else unless the user says so.
    private string Find(string written, string split, bool allowsOutside)
    {
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        string[] roots = Root is null ? [folder] : [System.IO.Path.GetFullPath(Root.Replace('\\', '/'), folder), folder];
        string inside = written;
        while (inside.StartsWith("../", StringComparison.Ordinal))
        {
            inside = inside[3..];
        }

        string[] places = [.. roots.SelectMany(root => new[] { System.IO.Path.GetFullPath(written, root), System.IO.Path.GetFullPath(inside, root) }).Distinct(StringComparer.Ordinal).Where(System.IO.Path.Exists)];
        var files = new NamedFiles(folder, allowsOutside: false);
        return places.FirstOrDefault(files.Holds) ?? (allowsOutside ? places.FirstOrDefault() : null)
            ?? throw new InvalidDataException(places.Length > 0
                ? $"'{written}' of the split '{split}' leaves the folder of '{Path}': it is '{places[0]}'. {nameof(SegmentationLoadOptions)}.{nameof(SegmentationLoadOptions.AllowOutsideFolder)} allows such folders of files that you trust."
                : $"'{System.IO.Path.GetFullPath(written, roots[0])}' of the split '{split}' of '{Path}' does not exist.");
    }

    private static string WithoutComment(string line)
    {
        char? quote = null;
        for (int i = 0; i < line.Length; i++)
        {
            bool isFirst = i == 0 || char.IsWhiteSpace(line[i - 1]) || line[i - 1] is '[' or ',';
            if (line[i] == quote)
            {
                quote = null;
            }
            else if (quote is null && isFirst && line[i] is '\'' or '"')
            {
                quote = line[i];
            }
            else if (quote is null && line[i] == '#' && (i == 0 || char.IsWhiteSpace(line[i - 1])))
            {
                return line[..i];
            }
        }

        return line;
    }

    private static string[] Items(string list) => [.. list.Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Plain)];

    private static string Plain(string text)
    {
        string trimmed = text.Trim();
        return trimmed is ['\'', .., '\''] ? trimmed[1..^1].Replace("''", "'") : trimmed.Trim('"', '\'');
    }
}
