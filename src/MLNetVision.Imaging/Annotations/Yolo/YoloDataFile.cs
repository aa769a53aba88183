using System.Globalization;

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

    /// <summary>Keys whose values are no places of pictures.</summary>
    private static readonly string[] NoSplits = ["path", "names", "nc", "download", "kpt_shape", "flip_idx", "channels"];

    private const int MostUnnamed = 100_000;

    /// <summary>The splits that the file names, by the names that YOLO gives them.</summary>
    public IEnumerable<string> SplitsNamed => SplitNames.Where(names => names.Any(Splits.ContainsKey)).Select(names => names[0]);

    /// <summary>How many numbers of keypoints stand behind each object's box; null where objects have none.</summary>
    public int? KeypointNumbers { get; private init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It names no classes, or another number of them than it says.</exception>
    public static YoloDataFile Read(string path)
    {
        IReadOnlyDictionary<string, YamlText.Value> values;
        try
        {
            values = YamlText.Read(path);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}': {e.Message}.", e);
        }

        var splits = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach ((string key, YamlText.Value value) in values.Where(item => !NoSplits.Contains(item.Key)))
        {
            string[] places = [.. value.Items?.Select(item => item.Text).OfType<string>() ?? (value.Text is { Length: > 0 } place ? [place] : [])];
            if (places.Length > 0)
            {
                splits[key] = places;
            }
        }

        return new YoloDataFile(path, NamesOf(values, path), values.GetValueOrDefault("path")?.Text, splits)
        {
            KeypointNumbers = values.GetValueOrDefault("kpt_shape")?.Items is [(_, { } points), (_, { } numbers)] && Whole(points) is { } n && Whole(numbers) is { } d ? n * d : null,
        };
    }

    // Classes are a list, or a table by their numbers; a file that has their number alone means class_0, class_1 …
    private static string[] NamesOf(IReadOnlyDictionary<string, YamlText.Value> values, string path)
    {
        int? count = Whole(values.GetValueOrDefault("nc")?.Text);
        if (values.GetValueOrDefault("names")?.Items is not { Count: > 0 } items)
        {
            return count is > 0 and <= MostUnnamed && !values.ContainsKey("names") ? [.. Enumerable.Range(0, count.Value).Select(i => $"class_{i}")]
                : throw new InvalidDataException($"'{path}' has no 'names' of classes numbered from 0.");
        }

        var names = new SortedDictionary<int, string>();
        foreach ((int place, (string? key, string? name)) in items.Index())
        {
            int number = key is null ? place : Whole(key) ?? throw new InvalidDataException($"'{path}': in 'names' '{key}' is not the number of a class.");
            names[number] = name is { Length: > 0 } ? name : $"class_{number}";
        }

        return !names.Keys.SequenceEqual(Enumerable.Range(0, names.Count))
            ? throw new InvalidDataException($"'{path}' has 'names' of the classes {string.Join(", ", names.Keys.Take(5))}{(names.Count > 5 ? ", …" : string.Empty)}, where numbers from 0 without gaps were expected.")
            : count is { } stated && stated != names.Count ? throw new InvalidDataException($"'{path}' says that there are {stated} classes (nc), but names {names.Count}.")
            : [.. names.Values];
    }

    private static int? Whole(string? text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;

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
        if (written.Length == 0 || written.Contains('\0') || Root?.Contains('\0') == true)
        {
            throw new InvalidDataException($"'{Path}' names no folder or list of pictures for '{split}', but '{written.Replace('\0', '?')}' in '{Root?.Replace('\0', '?')}'.");
        }

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
}
