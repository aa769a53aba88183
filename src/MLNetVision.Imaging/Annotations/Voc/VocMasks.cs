using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations.Voc;

/// <summary>
/// Pascal VOC's masks: pictures in JPEGImages, label maps of classes in SegmentationClass and of objects in SegmentationObject, lists of the splits in
/// ImageSets/Segmentation. Index 0 is background, 255 void: outlines and what is too hard.
/// </summary>
public static class VocMasks
{
    internal const string ClassFolder = "SegmentationClass", ObjectFolder = "SegmentationObject", PictureFolder = "JPEGImages", ListFolder = "ImageSets/Segmentation";

    /// <summary>What the records of a split share.</summary>
    private sealed record Context(string Folder, VocClasses Classes, bool Objects, ILookup<string, string> Pictures, PictureNames ClassMaps, PictureNames ObjectMaps);

    /// <summary>Lists the pictures of a split; label maps are read later.</summary>
    /// <param name="folder">The folder with JPEGImages and the others.</param>
    /// <param name="split">The split: a list in ImageSets/Segmentation, such as "train", "val" or "trainval"; null for all label maps.</param>
    /// <param name="objects">
    /// Whether segments are objects, of the twenty classes that are things, without background; otherwise there is one segment for each class present,
    /// and background, which is stuff, is the first class.
    /// </param>
    /// <param name="classes">The names of the classes from index 1; null for those of labelmap.txt or, without that file, of the challenge.</param>
    /// <param name="options">How it is read; the defaults if null.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder, or it has no label maps.</exception>
    /// <exception cref="InvalidDataException">There is no such split, or it has no picture.</exception>
    public static AnnotationSource Open(string folder, string? split = null, bool objects = true, IReadOnlyList<string>? classes = null, SegmentationLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new SegmentationLoadOptions();
        foreach (string needed in objects ? new[] { ClassFolder, ObjectFolder, PictureFolder } : [ClassFolder, PictureFolder])
        {
            if (!Directory.Exists(Path.Combine(folder, needed)))
            {
                throw new DirectoryNotFoundException($"There is no folder '{Path.Combine(folder, needed)}'.{(needed == ObjectFolder ? " Without it there are classes, but no objects." : string.Empty)}");
            }
        }

        VocClasses named = classes is null ? VocClasses.OfFolder(folder) : VocClasses.Of([VocClasses.Background, .. classes]);
        string[] names = split is null ? Maps(folder) : Listed(folder, split);
        if (names.Length == 0)
        {
            throw new InvalidDataException($"'{folder}' has no label map{(split is null ? string.Empty : $" in its split '{split}'")}.");
        }

        var context = new Context(
            folder, named, objects, Pictures(folder), new PictureNames(Path.Combine(folder, ClassFolder), options.AllowOutsideFolder), new PictureNames(Path.Combine(folder, ObjectFolder), options.AllowOutsideFolder));
        return new AnnotationSource(split is null ? folder : $"{folder} ({split})", [.. named.Names.Skip(objects ? 1 : 0).Select(name => new SegmentationClass(name, name != VocClasses.Background))],
            [.. names.Select((name, id) => new AnnotationRecord(name, () => Read(name, id, context)))]);
    }

    /// <summary>Whether a folder is of this form.</summary>
    internal static bool IsOne(string folder) => Directory.Exists(Path.Combine(folder, ClassFolder)) && Directory.Exists(Path.Combine(folder, PictureFolder));

    /// <summary>The names of the splits that have lists.</summary>
    internal static IReadOnlyList<string> Splits(string folder) => Directory.Exists(Path.Combine(folder, ListFolder))
        ? [.. Directory.EnumerateFiles(Path.Combine(folder, ListFolder), "*.txt").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)]
        : [];

    private static string[] Maps(string folder)
    {
        string maps = Path.Combine(folder, ClassFolder);
        return [.. FileEndings.Of(FolderFiles.Below(maps), ".png").Select(file => Stem(maps, file)).Order(StringComparer.Ordinal)];
    }

    private static string[] Listed(string folder, string split)
    {
        ArgumentException.ThrowIfNullOrEmpty(split);
        string list = new NamedFiles(Path.Combine(folder, ListFolder), allowsOutside: false).Find(split + ".txt");
        return File.Exists(list)
            ? [.. File.ReadLines(list).Select(line => line.Trim()).Where(line => line.Length > 0)]
            : throw new InvalidDataException($"There is no split '{split}': '{list}' does not exist. There are {string.Join(", ", Splits(folder).DefaultIfEmpty("none"))}.");
    }

    private static ILookup<string, string> Pictures(string folder)
    {
        string pictures = Path.Combine(folder, PictureFolder);
        return FileEndings.Pictures(FolderFiles.Below(pictures)).ToLookup(file => Stem(pictures, file), StringComparer.Ordinal);
    }

    private static string Stem(string folder, string file) => Path.ChangeExtension(Path.GetRelativePath(folder, file), null).Replace('\\', '/');

    private static AnnotatedImage Read(string name, long id, Context context)
    {
        string[] pictures = [.. context.Pictures[name]];
        string picture = pictures.Length <= 1 ? pictures.FirstOrDefault(Path.Combine(context.Folder, PictureFolder, name + ".jpg"))
            : throw new InvalidDataException($"expected one picture of this name, found {pictures.Length}");
        string file = context.ClassMaps.Find(name + ".png");
        VocMap map = VocMap.Read(file);
        Dictionary<int, int> classOf = map.ClassesOf(context.Classes, file);
        var withoutClass = new Dictionary<string, (long Pixels, bool IsIgnored)>(StringComparer.Ordinal);
        var found = new SortedDictionary<int, List<RunLengthMask>>();
        foreach ((int value, RunLengthMask mask) in LabelMap.ToMasks(map.Values, map.Height, map.Width))
        {
            if (classOf.TryGetValue(value, out int index))
            {
                found.TryAdd(index, []);
                found[index].Add(mask);
            }
            else if (!map.IsVoid(value))
            {
                withoutClass.Add(map.NameOf(value), (mask.Area, false));
            }
        }

        var notes = new AnnotationNotes();
        AnnotatedSegment[] segments = context.Objects
            ? [.. Objects(name, map, classOf, context, notes)]
            : [.. found.Select(item => AnnotatedSegment.Of(item.Key, RunLengthMask.Union([.. item.Value])))];
        return new AnnotatedImage(picture, id, map.Height, map.Width, segments) { Notes = notes.All, PixelsWithoutClass = withoutClass };
    }

    private static IEnumerable<AnnotatedSegment> Objects(string name, VocMap classes, Dictionary<int, int> classOf, Context context, AnnotationNotes notes)
    {
        VocMap map = VocMap.Read(context.ObjectMaps.Find(name + ".png"));
        if ((map.Height, map.Width) != (classes.Height, classes.Width))
        {
            throw new InvalidDataException($"the map of objects is {map.Width}×{map.Height}, but that of classes {classes.Width}×{classes.Height} (width×height)");
        }

        foreach ((int value, RunLengthMask mask) in LabelMap.ToMasks(map.Values, map.Height, map.Width, ignored: 0))
        {
            if (!map.IsVoid(value) && notes.Try(() => $"object {map.NameOf(value)}", () => ObjectOf(mask, classes, classOf)) is { } segment)
            {
                yield return segment;
            }
        }
    }

    /// <summary>An object of the class that most of its pixels have.</summary>
    private static AnnotatedSegment ObjectOf(RunLengthMask mask, VocMap classes, Dictionary<int, int> classOf)
    {
        var votes = new Dictionary<int, int>();
        byte[] pixels = mask.ToRowMajor();
        for (int i = 0; i < pixels.Length; i++)
        {
            if (pixels[i] != 0 && classOf.TryGetValue(classes.Values[i], out int index) && index > 0)
            {
                votes[index] = votes.GetValueOrDefault(index) + 1;
            }
        }

        return votes.Count > 0
            ? AnnotatedSegment.Of(votes.MaxBy(vote => vote.Value).Key - 1, mask)
            : throw new InvalidDataException("none of its pixels has a class");
    }
}
