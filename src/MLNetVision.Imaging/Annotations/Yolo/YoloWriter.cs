using System.Globalization;
using System.Text;
using MLNetVision.Imaging.Annotations.Saving;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations.Yolo;

/// <summary>Writes a split of YOLO's form: images/SPLIT, labels/SPLIT and the split's line in data.yaml.</summary>
internal static class YoloWriter
{
    public const string DataFileName = "data.yaml";

    /// <summary>The first line of a data.yaml that may be written over.</summary>
    private const string Mark = "# Written by MLNetVision; other splits are added to it.";

    /// <summary>Writes the rows.</summary>
    /// <param name="classes">The classes; a segment's class is its place here.</param>
    /// <param name="rows">The rows, read once.</param>
    /// <param name="folder">The data set's folder.</param>
    /// <param name="split">The split.</param>
    /// <param name="boxes">Whether lines are boxes instead of polygons.</param>
    /// <param name="copyPictures">Whether pictures are copied.</param>
    /// <param name="checkAlive">Called for each row; throws where the work was cancelled.</param>
    /// <param name="final">The folder that the files go to afterwards; null for the same.</param>
    /// <exception cref="IOException">A file exists that may not be written over.</exception>
    public static void Save(IReadOnlyList<SegmentationClass> classes, IEnumerable<SavedRow> rows, string folder, string split, bool boxes, bool copyPictures, Action checkAlive, string? final = null)
    {
        CheckSplit(split);
        SortedDictionary<string, string> splits = ReadSplits(Path.Combine(folder, DataFileName), Path.Combine(final ?? folder, DataFileName), classes);
        using var files = new NewFiles(folder, final);
        var labelFiles = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (SavedRow row in rows)
        {
            checkAlive();
            string labels = $"labels/{split}/{Path.ChangeExtension(row.FileName, ".txt")}";
            if (!labelFiles.TryAdd(labels, row.FileName))
            {
                throw new InvalidDataException($"The labels of '{labelFiles[labels]}' and '{row.FileName}' would be the same file '{labels}'.");
            }

            files.Write(labels, Text(row, boxes));
            if (copyPictures)
            {
                files.Copy(row.Picture, $"images/{split}/{row.FileName}");
            }
        }

        splits[split] = $"images/{split}";
        string names = string.Concat(classes.Select((found, number) => $"  {number}: {Quoted(found.Name)}\n"));
        files.Commit(() => AtomicFile.Write(files[DataFileName], Encoding.UTF8.GetBytes(
            $"{Mark}\n{string.Concat(splits.Select(item => $"{item.Key}: {item.Value}\n"))}names:\n{names}")));
    }

    /// <exception cref="ArgumentException">It is no name of a folder and a key.</exception>
    private static void CheckSplit(string split)
    {
        ArgumentException.ThrowIfNullOrEmpty(split);
        if (split is "names" or "path" or "nc" || !split.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            throw new ArgumentException($"'{split}' cannot be a split: expected a word such as \"train\", \"val\" or \"test\".", nameof(split));
        }
    }

    private static SortedDictionary<string, string> ReadSplits(string file, string shown, IReadOnlyList<SegmentationClass> classes)
    {
        var splits = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!File.Exists(file))
        {
            return splits;
        }

        if (File.ReadLines(file).FirstOrDefault() != Mark)
        {
            throw TakenPlace.Error($"'{shown}' exists, was not written by this library, and is not written over: choose another folder.");
        }

        YoloDataFile before = YoloDataFile.Read(file);
        if (!before.Names.SequenceEqual(classes.Select(found => found.Name)))
        {
            throw TakenPlace.Error($"'{shown}' has the classes {string.Join(", ", before.Names)}, but these rows have {string.Join(", ", classes.Select(found => found.Name))}: choose another folder.");
        }

        foreach ((string name, IReadOnlyList<string> places) in before.Splits)
        {
            splits[name] = places[0];
        }

        return splits;
    }

    private static string Text(SavedRow row, bool boxes)
    {
        var text = new StringBuilder();
        foreach (SavedSegment segment in row.Segments.Where(segment => !segment.IsCrowd))
        {
            double[] shares = boxes || segment.Mask is null ? Box(segment.Box, row) : Outline(segment.Mask, row);
            if (shares.Length == 0)
            {
                continue;
            }

            text.Append(CultureInfo.InvariantCulture, $"{segment.Class}").AppendJoin(string.Empty, shares.Select(share => string.Create(CultureInfo.InvariantCulture, $" {share:0.########}")));
            text.Append(segment.Score is { } score ? string.Create(CultureInfo.InvariantCulture, $" {score:0.######}") : string.Empty).Append('\n');
        }

        return text.ToString();
    }

    private static double[] Box(BoundingBox box, SavedRow row) =>
        box.Width <= 0 || box.Height <= 0 ? [] : [(box.X + box.Width / 2) / row.Width, (box.Y + box.Height / 2) / row.Height, box.Width / row.Width, box.Height / row.Height];

    /// <summary>All regions of a mask in one line: from the first corner a seam of no width leads to each further region and back.</summary>
    private static double[] Outline(RunLengthMask mask, SavedRow row)
    {
        var line = new List<double>();
        foreach (double[] part in mask.ToPolygons().Select(polygon => polygon.ToCoco()))
        {
            line.AddRange(line.Count == 0 ? part : [line[0], line[1], .. part, part[0], part[1]]);
        }

        return [.. line.Select((number, i) => number / (i % 2 == 0 ? row.Width : row.Height))];
    }

    private static string Quoted(string name) => $"'{name.Replace("'", "''").ReplaceLineEndings(" ")}'";
}
