using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Annotations.Saving;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Conversions;

/// <summary>
/// Divides labelled or annotated pictures into parts for training, validation and test. The same data and seed give the same parts on every machine, whatever the
/// order of the files. No file of the user's is written over or moved.
/// </summary>
public static class DataSplitter
{
    /// <summary>Divides items.</summary>
    /// <param name="items">The items: a name that no other has, and the group that is divided by itself.</param>
    /// <param name="parts">The parts with their shares, together 1.</param>
    /// <param name="seed">Decides which item falls into which part.</param>
    /// <returns>The part of each item.</returns>
    public static IReadOnlyList<string> Assign(IReadOnlyList<(string Name, string Group)> items, IReadOnlyList<(string Part, double Share)> parts, int seed)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(parts);
        string[] assigned = new string[items.Count];
        foreach (IGrouping<string, int> group in Enumerable.Range(0, items.Count).GroupBy(i => items[i].Group))
        {
            int[] order = [.. group.OrderBy(i => Hash(seed, items[i].Name)).ThenBy(i => items[i].Name, StringComparer.Ordinal)];
            for (int rank = 0; rank < order.Length; rank++)
            {
                // The middle of an item's place among those of its group lies in the part's stretch of 0 to 1.
                double place = (rank + 0.5) / order.Length, end = 0;
                assigned[order[rank]] = parts.FirstOrDefault(part => place < (end += part.Share), parts[^1]).Part;
            }
        }

        return assigned;
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
        IReadOnlyList<string> parts = Assign([.. found.Files.Select(file => (NameIn(root, file.Path), options.IsStratified ? file.Label : string.Empty))], options.Parts, options.Seed);
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

        long[] frequency = new long[source.Classes.Count];
        images.SelectMany(image => image.Classes).ToList().ForEach(c => frequency[c]++);
        string root = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IReadOnlyList<string> parts = Assign(
            [.. images.Select(image => (NameIn(root, image.Path), options.IsStratified && image.Classes.Length > 0 ? source.Classes[image.Classes.MinBy(c => frequency[c])].Name : string.Empty))],
            options.Parts, options.Seed);
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
            written.Add(new DataPart(part, saved.Path, saved.Images));
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

    private static ulong Hash(int seed, string name) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}/{name}"))));
}
