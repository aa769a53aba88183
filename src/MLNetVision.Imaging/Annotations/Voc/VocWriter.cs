using System.Globalization;
using System.Xml.Linq;
using MLNetVision.Imaging.Annotations.Saving;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures.Writing;

namespace MLNetVision.Imaging.Annotations.Voc;

/// <summary>Writes a split of Pascal VOC's form: pictures, boxes, label maps of classes and objects, lists.</summary>
internal static class VocWriter
{
    private static readonly byte[] Palette = VocClasses.Palette();

    /// <summary>Writes the rows.</summary>
    /// <param name="classes">The classes; a segment's class is its place here.</param>
    /// <param name="rows">The rows, read once.</param>
    /// <param name="folder">The data set's folder.</param>
    /// <param name="split">The split.</param>
    /// <param name="boxes">Whether there are boxes alone.</param>
    /// <param name="copyPictures">Whether pictures are copied.</param>
    /// <param name="checkAlive">Called for each row; throws where the work was cancelled.</param>
    /// <param name="final">The folder that the files go to afterwards; null for the same.</param>
    /// <exception cref="InvalidDataException">There are more classes or objects than a map can have.</exception>
    /// <exception cref="IOException">A file exists that may not be written over.</exception>
    public static void Save(IReadOnlyList<SegmentationClass> classes, IEnumerable<SavedRow> rows, string folder, string split, bool boxes, bool copyPictures, Action checkAlive, string? final = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(split);
        if (!split.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            throw new ArgumentException($"'{split}' cannot be a split: expected a word such as \"train\", \"val\" or \"trainval\".", nameof(split));
        }

        using var files = new NewFiles(folder, final);
        int background = classes.Select(found => found.Name).ToList().IndexOf(VocClasses.Background);
        SaveClasses(files, final ?? folder, [.. classes.Where((_, i) => i != background).Select(found => found.Name)]);
        string[] lists = boxes ? ["ImageSets/Main"] : ["ImageSets/Main", VocMasks.ListFolder];
        Array.ForEach(lists, list => files.CheckNew($"{list}/{split}.txt"));
        var stems = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (SavedRow row in rows)
        {
            checkAlive();
            string stem = Path.ChangeExtension(row.FileName, null);
            if (!stems.TryAdd(stem, row.FileName))
            {
                throw new InvalidDataException($"The annotations of '{stems[stem]}' and '{row.FileName}' would be the same file '{stem}.xml'.");
            }

            files.Write($"Annotations/{stem}.xml", Xml(row, classes, background, boxes).ToString());
            if (!boxes)
            {
                SaveMaps(files, stem, row, background);
            }

            if (copyPictures)
            {
                files.Copy(row.Picture, $"{VocMasks.PictureFolder}/{row.FileName}");
            }
        }

        Array.ForEach(lists, list => files.Write($"{list}/{split}.txt", string.Concat(stems.Keys.Select(stem => stem + "\n"))));
        files.Commit();
    }

    private static void SaveClasses(NewFiles files, string shown, IReadOnlyList<string> names)
    {
        if (names.Count > VocClasses.Most)
        {
            throw new InvalidDataException($"There are {names.Count} classes; a label map of Pascal VOC's form has at most {VocClasses.Most}.");
        }

        if (names.FirstOrDefault(name => name.AsSpan().ContainsAny(":\r\n")) is { } bad)
        {
            throw new InvalidDataException($"The class '{bad}' cannot stand in {VocClasses.FileName}: its name has a colon or is of several lines.");
        }

        string text = VocClasses.Of([VocClasses.Background, .. names]).ToText();
        if (!File.Exists(files[VocClasses.FileName]))
        {
            files.Write(VocClasses.FileName, text);
        }
        else if (File.ReadAllText(files[VocClasses.FileName]) != text)
        {
            throw TakenPlace.Error($"'{Path.Combine(shown, VocClasses.FileName)}' has other classes than these rows, {string.Join(", ", names)}: choose another folder.");
        }
    }

    private static XElement Xml(SavedRow row, IReadOnlyList<SegmentationClass> classes, int background, bool boxes) => new(
        "annotation",
        new XElement("folder", VocMasks.PictureFolder),
        new XElement("filename", row.FileName),
        new XElement("size", new XElement("width", row.Width), new XElement("height", row.Height), new XElement("depth", 3)),
        new XElement("segmented", boxes ? 0 : 1),
        row.Segments.Where(segment => segment.Class != background).Select(segment => new XElement(
            "object",
            new XElement("name", classes[segment.Class].Name),
            new XElement("pose", "Unspecified"),
            new XElement("truncated", 0),
            new XElement("difficult", segment.IsCrowd ? 1 : 0),
            segment.Score is { } score ? new XElement("confidence", score.ToString(CultureInfo.InvariantCulture)) : null,
            Box(segment.Box))));

    // Pixels counted from 1, both corners within; parts of pixels are whole ones, since readers expect whole numbers.
    private static XElement Box(BoundingBox box) => new(
        "bndbox",
        new XElement("xmin", Math.Floor(box.X) + 1), new XElement("ymin", Math.Floor(box.Y) + 1),
        new XElement("xmax", Math.Ceiling(box.Right)), new XElement("ymax", Math.Ceiling(box.Bottom)));

    private static void SaveMaps(NewFiles files, string stem, SavedRow row, int background)
    {
        int[] classMap = new int[row.Height * row.Width], objectMap = new int[row.Height * row.Width];
        Array.Fill(classMap, background < 0 ? 0 : VocClasses.Void);
        Array.Fill(objectMap, background < 0 ? 0 : VocClasses.Void);
        int objects = 0;
        foreach (SavedSegment segment in row.Segments)
        {
            bool isObject = segment.Class != background && !segment.IsCrowd;
            if (isObject && ++objects > VocClasses.Most)
            {
                throw new InvalidDataException($"Image {row.Id} ('{row.FileName}') has more than {VocClasses.Most} objects, which a label map of Pascal VOC's form cannot hold.");
            }

            // The background has no place among the indices of the other classes.
            int index = background < 0 || segment.Class < background ? segment.Class + 1 : segment.Class;
            LabelMap.Paint(classMap, segment.Mask!, segment.IsCrowd ? VocClasses.Void : segment.Class == background ? 0 : index);
            LabelMap.Paint(objectMap, segment.Mask!, segment.IsCrowd ? VocClasses.Void : isObject ? objects : 0);
        }

        foreach ((string folder, int[] map) in new[] { (VocMasks.ClassFolder, classMap), (VocMasks.ObjectFolder, objectMap) })
        {
            files.Write($"{folder}/{stem}.png", stream => IndexedPng.Write(stream, row.Width, row.Height, [.. map.Select(value => (byte)value)], Palette));
        }
    }
}
