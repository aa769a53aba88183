using System.Globalization;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Annotations.Saving;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Imaging.Conversions;

/// <summary>
/// Divides labelled or annotated pictures into parts for training, validation and test. The same data and seed give the same parts on every machine, whatever the
/// order of the files. No file of the user's is written over or moved.
/// </summary>
public static class DataSplitter
{
    /// <summary>
    /// Divides pictures: the rule of this library, which trainings hold validation data out by as well. It follows from the seed and the names of the files and of
    /// the folders that they lie in, not from where these lie. Each group is divided by itself, and of a group with as many pictures as there are parts each part
    /// gets one at least.
    /// </summary>
    /// <param name="items">The pictures: the path, and the group that is divided by itself. What has one path stays together, in the group that comes first.</param>
    /// <param name="parts">The parts with their shares, together 1.</param>
    /// <param name="seed">Decides which picture falls into which part.</param>
    /// <returns>The part of each picture.</returns>
    public static IReadOnlyList<string> Assign(IReadOnlyList<(string Name, string Group)> items, IReadOnlyList<(string Part, double Share)> parts, int seed)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(parts);
        var assigned = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (IGrouping<string, string> group in items.DistinctBy(item => item.Name).GroupBy(item => item.Group, item => item.Name, StringComparer.Ordinal))
        {
            string[] order = [.. group.OrderBy(name => Place(name, seed)).ThenBy(name => name, StringComparer.Ordinal)];

            // From the last part on: what is held out comes first, and the first part gets the rest.
            double share = 0;
            int from = 0;
            for (int part = parts.Count - 1; part > 0; part--)
            {
                share += parts[part].Share;
                int end = (int)Math.Round(Math.Round(share * order.Length, 9)); // 1 − 0.8 is less than 0.2
                end = order.Length >= parts.Count ? Math.Clamp(end, from + 1, order.Length - part) : Math.Clamp(end, from, order.Length - 1);
                foreach (string name in order.AsSpan(from, end - from))
                {
                    assigned[name] = parts[part].Part;
                }

                from = end;
            }

            foreach (string name in order.AsSpan(from))
            {
                assigned[name] = parts[0].Part;
            }
        }

        return [.. items.Select(item => assigned[item.Name])];
    }

    /// <summary>Deals pictures out to folds that are equally large to one picture, in all and of each group. What has one path stays together.</summary>
    internal static IReadOnlyList<int> AssignFolds(IReadOnlyList<(string Name, string Group)> items, int folds, int seed)
    {
        Dictionary<string, int> dealt = items.DistinctBy(item => item.Name)
            .OrderBy(item => item.Group, StringComparer.Ordinal).ThenBy(item => Place(item.Name, seed)).ThenBy(item => item.Name, StringComparer.Ordinal)
            .Index().ToDictionary(item => item.Item.Name, item => item.Index % folds, StringComparer.Ordinal);
        return [.. items.Select(item => dealt[item.Name])];
    }

    /// <summary>The groups of pictures with segments: each picture's rarest class; of equally rare ones the first.</summary>
    /// <param name="classes">The classes in each picture, from 0.</param>
    internal static IReadOnlyList<string> RarestClasses(IReadOnlyList<IReadOnlyCollection<int>> classes)
    {
        Dictionary<int, int> frequency = classes.SelectMany(found => found.Distinct()).CountBy(c => c).ToDictionary();
        return [.. classes.Select(found => found.Count == 0 ? string.Empty : found.MinBy(c => (frequency[c], c)).ToString(CultureInfo.InvariantCulture))];
    }

    /// <summary>Divides a folder with a subfolder for each label or a list of paths and labels, or annotations of any form that can be told, or a folder of label maps.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="output">The folder to write: of labelled pictures a list PART.csv or a folder PART/LABEL for each part, of annotations what <see cref="AnnotationConverter"/> writes.</param>
    /// <param name="options">The shares, and more; the defaults if null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The parts.</returns>
    /// <exception cref="ArgumentException">The shares are none.</exception>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">There is nothing to divide, it is divided already, or it cannot be read.</exception>
    /// <exception cref="IOException">A file exists that may not be written over, or one cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<DataPart> Split(string path, string output, DataSplitOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(output);
        options ??= new DataSplitOptions();
        options.Validate();
        if (!Path.Exists(path))
        {
            throw new FileNotFoundException($"There is no file or folder '{Path.GetFullPath(path)}'.", path);
        }

        bool isAnnotated = options.Annotations?.MaskClasses is not null || AnnotationForms.Recognise(path) is not null;
        return isAnnotated ? SplitAnnotations(path, output, options, cancellation) : SplitLabels(path, output, options, cancellation);
    }

    private static List<DataPart> SplitLabels(string path, string output, DataSplitOptions options, CancellationToken cancellation)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full) && LabelFolders.IsSplit(full))
        {
            throw new InvalidDataException($"'{full}' is divided into {string.Join(", ", LabelFolders.Subfolders(full).Select(Path.GetFileName))} already; name one of these to divide it further.");
        }

        LabelledFiles found = Directory.Exists(full) ? LabelFolders.Find(full, checkFiles: true) : ImageList.Read(full, checkFiles: true, hasHeader: null);
        foreach (string bad in found.Bad)
        {
            options.ProblemFound?.Invoke(bad);
        }

        string root = Directory.Exists(full) ? full : Path.GetDirectoryName(full)!;
        IReadOnlyList<string> parts = Assign([.. found.Files.Select(file => (file.Path, options.IsStratified ? file.Label : string.Empty))], options.Parts, options.Seed);
        ILookup<string, LabelledFile> byPart = found.Files.Zip(parts).ToLookup(item => item.Second, item => item.First);
        using var files = new NewFiles(output);
        var written = new List<DataPart>();
        foreach ((string part, _) in options.Parts)
        {
            LabelledFile[] inPart = [.. byPart[part]];
            written.Add(new DataPart(part, files[options.Pictures == PictureTransfer.None ? $"{part}.csv" : part], inPart.Length));
            if (options.Pictures == PictureTransfer.None)
            {
                // Paths in a list count from its folder.
                files.Write($"{part}.csv", CsvText.Write(["image", "label"], inPart.Select(file => (IReadOnlyList<object?>)[NameIn(Path.GetFullPath(output), file.Path), file.Label])));
                continue;
            }

            foreach (LabelledFile file in inPart)
            {
                cancellation.ThrowIfCancellationRequested();
                string name = $"{part}/{file.Label}/{Below(root, file)}";
                if (options.Pictures == PictureTransfer.Copy)
                {
                    files.Copy(file.Path, name);
                }
                else
                {
                    files.Link(file.Path, name);
                }
            }
        }

        files.Commit();
        return written;
    }

    private static List<DataPart> SplitAnnotations(string path, string output, DataSplitOptions options, CancellationToken cancellation)
    {
        AnnotationConversionOptions reading = options.Annotations ?? new AnnotationConversionOptions();
        if (options.Pictures != PictureTransfer.None)
        {
            throw new ArgumentException("Copies and links are of labelled pictures; YOLO's and Pascal VOC's forms copy their pictures by themselves, and the others leave them where they are.");
        }

        bool onlyBoxes = options.Format is { } asked && AnnotationConverter.IsOfBoxes(asked);
        AnnotationSource source = reading.Split is { } split
            ? AnnotationForms.OpenSplit(path, split, reading.ImageFolder, reading.MaskClasses, reading.Masks, reading.Load, onlyBoxes)
            : AnnotationForms.OpenSplits(path, reading.ImageFolder, reading.MaskClasses, reading.Masks, reading.Load, onlyBoxes) switch
            {
                [var only] => only.Open(),
                var several => throw new InvalidDataException($"'{path}' is divided into {string.Join(", ", several.Select(part => part.Split))} already; name one of these to divide it further."),
            };
        var images = new List<(string Path, int[] Classes)>();
        bool hasMasks = true;
        foreach (AnnotatedImage image in source.Read(reading.Load))
        {
            cancellation.ThrowIfCancellationRequested();
            hasMasks &= image.Segments.All(segment => segment.Mask is not null);
            images.Add((image.Path, [.. image.Segments.Select(segment => segment.Class).Distinct()]));
        }

        IReadOnlyList<string> groups = RarestClasses([.. images.Select(image => options.IsStratified ? image.Classes : [])]);
        IReadOnlyList<string> parts = Assign([.. images.Select((image, i) => (Path.GetFullPath(image.Path), groups[i]))], options.Parts, options.Seed);
        Dictionary<string, string> partOf = images.Select((image, i) => (image.Path, Part: parts[i])).DistinctBy(item => item.Path).ToDictionary(item => item.Path, item => item.Part);
        AnnotationFormat format = options.Format ?? FormatOf(path, reading, hasMasks);

        // What is bad was told in the first pass.
        SegmentationLoadOptions again = Silent(reading.Load);
        var written = new List<DataPart>();
        using StagedFolder staged = AnnotationConverter.Stage(output, format);
        foreach ((string part, _) in options.Parts)
        {
            ConvertedSplit saved = AnnotationConverter.Write(
                source.Classes, source.Read(again).Where(image => partOf[image.Path] == part), staged, output, format, part, isOnly: false, reading, cancellation);
            written.Add(new DataPart(part, saved.Path, saved.Images) { ImageFolder = saved.ImageFolder, Format = format });
        }

        staged.Commit();
        return written;
    }

    private static SegmentationLoadOptions Silent(SegmentationLoadOptions? load) => new()
    {
        RequireImages = load?.RequireImages ?? true,
        AllowOutsideFolder = load?.AllowOutsideFolder ?? false,
        KeepEmptyImages = load?.KeepEmptyImages ?? true,
        Orientation = load?.Orientation ?? new SegmentationLoadOptions().Orientation,
    };

    private static AnnotationFormat FormatOf(string path, AnnotationConversionOptions reading, bool hasMasks) =>
        reading.MaskClasses is not null ? AnnotationFormat.Masks
        : AnnotationForms.Recognise(path)?.Form switch
        {
            AnnotationForm.CocoPanoptic => AnnotationFormat.CocoPanoptic,
            AnnotationForm.Yolo => hasMasks ? AnnotationFormat.Yolo : AnnotationFormat.YoloBoxes,
            AnnotationForm.VocMasks => AnnotationFormat.Voc,
            AnnotationForm.VocBoxes => AnnotationFormat.VocBoxes,
            _ => AnnotationFormat.CocoInstances,
        };

    private static string Below(string root, LabelledFile file)
    {
        string name = NameIn(root, file.Path);
        string label = file.Label + "/";
        return name.StartsWith(label, StringComparison.Ordinal) ? name[label.Length..] : Path.GetFileName(file.Path);
    }

    private static string NameIn(string root, string path) => Path.GetRelativePath(root, path).Replace('\\', '/');

    // The file and its folder: the rest of the path is another on each machine. FNV-1a, mixed.
    private static ulong Place(string path, int seed)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char c in string.Join('/', path.Split('/', '\\').TakeLast(2)))
        {
            hash = (hash ^ c) * 0x100000001B3;
        }

        return SplitMix64.Mix(hash + SplitMix64.Increment * (uint)seed);
    }
}
