using System.Globalization;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations.Yolo;

/// <summary>
/// YOLO's label files, one for each picture and a line for each object: the class, then the middle and sides of a box or the
/// corners of a polygon, as shares of the picture's sides. A picture without a label file has no objects.
/// </summary>
public static class YoloAnnotations
{
    private const int BoxNumbers = 4;

    /// <summary>What the records of a split share.</summary>
    private sealed record Context(int[] ClassOfNumber, SegmentationLoadOptions Options, bool OnlyBoxes, int? KeypointNumbers);

    /// <summary>Lists the pictures of a split; labels are read later.</summary>
    /// <param name="dataFile">The data.yaml, with the classes and the folders of the splits, or lists of their pictures.</param>
    /// <param name="split">The split, a key of the file: "train", "val" or "test".</param>
    /// <param name="options">How it is read; the defaults if null. Folders outside of the file's own are refused unless they are allowed.</param>
    /// <param name="onlyBoxes">Whether segments are boxes alone; polygons give theirs.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file names no classes or no such split, its folder lies where it may not, or the split has no pictures.</exception>
    public static AnnotationSource Open(string dataFile, string split = "train", SegmentationLoadOptions? options = null, bool onlyBoxes = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(dataFile);
        ArgumentException.ThrowIfNullOrEmpty(split);
        YoloDataFile data = YoloDataFile.Read(dataFile);
        bool allowsOutside = options?.AllowOutsideFolder ?? false;
        IReadOnlyList<string> places = data.PlacesOf(split, allowsOutside);
        return Open(
            dataFile, [.. places.SelectMany(place => Directory.Exists(place) ? InFolder(place) : InList(place, dataFile, allowsOutside))], data.Names, options, onlyBoxes, places.Where(Directory.Exists),
            data.KeypointNumbers);
    }

    /// <summary>Lists the pictures of a folder; labels are read later.</summary>
    /// <param name="imageFolder">The folder of pictures.</param>
    /// <param name="labelFolder">The folder of label files, in the same folders and of the same names as the pictures.</param>
    /// <param name="classes">The names of the classes, in the order of their numbers.</param>
    /// <param name="options">How it is read; the defaults if null.</param>
    /// <param name="onlyBoxes">Whether segments are boxes alone; polygons give theirs.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no picture.</exception>
    public static AnnotationSource Open(string imageFolder, string labelFolder, IReadOnlyList<string> classes, SegmentationLoadOptions? options = null, bool onlyBoxes = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageFolder);
        ArgumentException.ThrowIfNullOrEmpty(labelFolder);
        ArgumentNullException.ThrowIfNull(classes);
        return Open(
            imageFolder, [.. InFolder(imageFolder).Select(item => item with { Labels = Path.Combine(labelFolder, Path.ChangeExtension(Path.GetRelativePath(imageFolder, item.Picture), ".txt")) })],
            classes, options, onlyBoxes, [imageFolder], keypointNumbers: null);
    }

    private static AnnotationSource Open(
        string name, IReadOnlyList<(string Name, string Picture, string Labels)> items, IReadOnlyList<string> names, SegmentationLoadOptions? options, bool onlyBoxes,
        IEnumerable<string> folders, int? keypointNumbers)
    {
        // Classes of one name are one class.
        string[] classes = [.. names.Distinct(StringComparer.Ordinal)];
        var context = new Context([.. names.Select(found => Array.IndexOf(classes, found))], options ?? new SegmentationLoadOptions(), onlyBoxes, keypointNumbers);
        return new AnnotationSource(name, [.. classes.Select(found => new SegmentationClass(found, IsThing: true))],
            [.. items.Select((item, id) => new AnnotationRecord(item.Name, () => Read(item.Picture, item.Labels, id, context)))])
        {
            Notes = [.. folders.SelectMany(folder => PictureNotes.Unreadable(folder, FolderFiles.Below(folder)))],
        };
    }

    private static IEnumerable<(string Name, string Picture, string Labels)> InFolder(string folder)
    {
        string[] pictures = [.. FileEndings.Pictures(FolderFiles.Below(folder)).Order(StringComparer.Ordinal)];
        return pictures.Length > 0
            ? pictures.Select(picture => (Path.GetRelativePath(folder, picture), picture, LabelsOf(picture)))
            : throw new InvalidDataException($"'{folder}' holds no picture.");
    }

    // Names in a list count from the list's folder.
    private static IEnumerable<(string Name, string Picture, string Labels)> InList(string list, string dataFile, bool allowsOutside)
    {
        string from = Path.GetDirectoryName(Path.GetFullPath(list))!;
        var files = new PictureNames(Path.GetDirectoryName(Path.GetFullPath(dataFile))!, allowsOutside);
        foreach (string line in File.ReadLines(list).Select(line => line.Trim()).Where(line => line.Length > 0))
        {
            string picture = files.Find(line, from);
            yield return (line, picture, LabelsOf(picture));
        }
    }

    // YOLO's programs take the last folder called images for labels, and where there is none look beside the picture.
    private static string LabelsOf(string picture)
    {
        string[] parts = Path.ChangeExtension(picture, ".txt").Replace('\\', '/').Split('/');
        int last = Array.LastIndexOf(parts, "images", parts.Length - 2);
        if (last >= 0)
        {
            parts[last] = "labels";
        }

        return string.Join('/', parts);
    }

    private static AnnotatedImage Read(string picture, string labels, long id, Context context)
    {
        (int height, int width) = PictureFrame.SizeOf(picture, context.Options.Orientation);
        var notes = new AnnotationNotes();
        var budget = new OutlineBudget();
        var segments = new List<AnnotatedSegment>();
        if (File.Exists(labels))
        {
            var read = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach ((int index, string line) in File.ReadLines(labels).Index())
            {
                // An object that is there twice is one, as YOLO's programs have it.
                if (!string.IsNullOrWhiteSpace(line) && !read.TryAdd(line.Trim(), index))
                {
                    notes.Remark($"line {index + 1} is the same as line {read[line.Trim()] + 1} and is passed over");
                }
                else if (!string.IsNullOrWhiteSpace(line) && notes.Try(() => $"line {index + 1}", () => ReadLine(line, height, width, context, budget)) is { } segment)
                {
                    segments.Add(segment);
                }
            }
        }

        return new AnnotatedImage(picture, id, height, width, segments) { Notes = notes.All };
    }

    private static AnnotatedSegment ReadLine(string line, int height, int width, Context context, OutlineBudget budget)
    {
        string[] fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        double[] numbers = [.. fields.Select(field => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number : throw new InvalidDataException($"'{field}' is no number"))];
        int index = numbers[0] >= 0 && numbers[0] < context.ClassOfNumber.Length && numbers[0] == Math.Floor(numbers[0])
            ? context.ClassOfNumber[(int)numbers[0]]
            : throw new InvalidDataException($"the class {fields[0]} is none of 0 to {context.ClassOfNumber.Length - 1}");
        double[] shares = WithoutKeypoints(numbers[1..], context.KeypointNumbers);
        if (shares.Any(share => share is < -1 or > 2))
        {
            throw new InvalidDataException("its numbers are no shares of the picture's sides, from 0 to 1");
        }

        if (shares.Length is BoxNumbers or BoxNumbers + 1)
        {
            // A fifth number is a model's confidence.
            var box = new BoundingBox((shares[0] - shares[2] / 2) * width, (shares[1] - shares[3] / 2) * height, shares[2] * width, shares[3] * height);
            return context.OnlyBoxes && box.Width >= 0 && box.Height >= 0
                ? AnnotatedSegment.Of(index, box)
                : throw new InvalidDataException("it has a box but no mask. LoadFromYoloBoxes loads boxes");
        }

        if (shares.Length > 6 && shares.Length % 2 != 0)
        {
            shares = shares[..^1]; // as with boxes
        }

        if (shares.Length < 6 || shares.Length % 2 != 0)
        {
            throw new InvalidDataException($"it has {shares.Length} numbers after the class; expected 4 of a box, or x and y of three corners or more");
        }

        double[] points = [.. shares.Select((share, i) => share * (i % 2 == 0 ? width : height))];
        if (context.OnlyBoxes)
        {
            double[] xs = [.. points.Where((_, i) => i % 2 == 0)];
            double[] ys = [.. points.Where((_, i) => i % 2 == 1)];
            return AnnotatedSegment.Of(index, BoundingBox.FromCorners(xs.Min(), ys.Min(), xs.Max(), ys.Max()));
        }

        RunLengthMask mask = ShapeMasks.Polygon(points, height, width, budget);
        return mask.IsEmpty ? throw new InvalidDataException("its polygon has no pixel within the picture") : AnnotatedSegment.Of(index, mask);
    }

    // Of poses the box is the object. What says nothing of keypoints in a file with some would be a polygon of them.
    private static double[] WithoutKeypoints(double[] numbers, int? keypoints) =>
        keypoints is not { } count || numbers.Length is BoxNumbers or BoxNumbers + 1 ? numbers
        : numbers.Length == BoxNumbers + count || numbers.Length == BoxNumbers + 1 + count ? numbers[..BoxNumbers]
        : throw new InvalidDataException($"it has {numbers.Length} numbers after the class; expected {BoxNumbers} of a box and {count} of keypoints");
}
