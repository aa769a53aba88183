using System.Globalization;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Annotations.Saving;
using MLNetVision.Imaging.Annotations.Voc;
using MLNetVision.Imaging.Annotations.Yolo;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Rendering;
using SkiaSharp;

namespace MLNetVision.Imaging.Conversions;

/// <summary>Writes annotated pictures of one form in another, one picture in memory at a time. No file of the user's is written over.</summary>
public static class AnnotationConverter
{
    private const string ClassNames = "classes.txt";
    private static readonly string[] TrainNames = ["train", "training"], ValidationNames = ["val", "valid", "validation"], TestNames = ["test", "testing"];

    /// <summary>Converts the splits of annotations of any form that can be told, or a folder of label maps.</summary>
    /// <param name="path">A JSON, YAML or XML file, or a folder with some, or of label maps.</param>
    /// <param name="output">The folder to write; of COCO's forms of one split it may be the JSON file.</param>
    /// <param name="format">The form to write.</param>
    /// <param name="options">Which split, where the pictures are, and more; the defaults if null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What was written: all splits, or where one fails none.</returns>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">The form cannot be told, a file is broken, segments are boxes alone or overlap where they may not, or two pictures have one name.</exception>
    /// <exception cref="IOException">A file exists that may not be written over, or one cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<ConvertedSplit> Convert(
        string path, string output, AnnotationFormat format, AnnotationConversionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(output);
        options ??= new AnnotationConversionOptions();
        IReadOnlyList<(string Split, Func<AnnotationSource> Open)> splits = AnnotationForms.OpenSplits(path, options.ImageFolder, options.MaskClasses, options.Masks, options.Load, IsOfBoxes(format));
        if (options.Split is not null)
        {
            splits = [(options.Split, () => AnnotationForms.OpenSplit(path, options.Split, options.ImageFolder, options.MaskClasses, options.Masks, options.Load, IsOfBoxes(format)))];
        }

        var written = new List<ConvertedSplit>();
        using StagedFolder staged = Stage(output, format);
        foreach ((string split, Func<AnnotationSource> open) in splits)
        {
            AnnotationSource source = open();
            written.Add(Write(source.Classes, source.Read(options.Load), staged, output, format, NameOf(split, splits.Count), splits.Count == 1, options, cancellation));
        }

        staged.Commit();
        return written;
    }

    /// <summary>Where splits are written together, whose places are the same in the output.</summary>
    internal static StagedFolder Stage(string output, AnnotationFormat format) =>
        new(IsJson(output) && IsCoco(format) ? Path.GetDirectoryName(Path.GetFullPath(output))! : output, format switch
        {
            AnnotationFormat.Yolo or AnnotationFormat.YoloBoxes => [YoloWriter.DataFileName],
            AnnotationFormat.Voc or AnnotationFormat.VocBoxes => [VocClasses.FileName],
            AnnotationFormat.Masks => [ClassNames],
            _ => [],
        });

    /// <summary>Writes images as one split.</summary>
    internal static ConvertedSplit Write(
        IReadOnlyList<SegmentationClass> classes, IEnumerable<AnnotatedImage> images, StagedFolder staged, string output, AnnotationFormat format, string split, bool isOnly, AnnotationConversionOptions options,
        CancellationToken cancellation)
    {
        (int Images, long Segments) count = default;
        var folders = new HashSet<string>(StringComparer.Ordinal);
        bool needsMasks = !IsOfBoxes(format);
        IEnumerable<SavedRow> rows = Rows(images, needsMasks, options.ImageFolder).Select(row =>
        {
            count = (count.Images + 1, count.Segments + row.Segments.Count);
            folders.Add(options.ImageFolder ?? Path.GetDirectoryName(Path.GetFullPath(row.Picture))!);
            return row;
        });
        string place = output;
        switch (format)
        {
            case AnnotationFormat.CocoInstances or AnnotationFormat.CocoPanoptic:
                place = CocoFile(output, split, isOnly);
                if (Path.Exists(place))
                {
                    throw TakenPlace.Error($"'{place}' exists and is not written over: choose another name, or delete what lies there.");
                }

                string file = Path.Combine(staged.Path, Path.GetFileName(place));
                if (format == AnnotationFormat.CocoInstances)
                {
                    CocoFileWriter.SaveInstances(classes, rows, file, cancellation.ThrowIfCancellationRequested);
                }
                else
                {
                    CocoFileWriter.SavePanoptic(classes, rows, file, Path.ChangeExtension(file, null), cancellation.ThrowIfCancellationRequested);
                }

                break;
            case AnnotationFormat.Yolo or AnnotationFormat.YoloBoxes:
                YoloWriter.Save(classes, rows, staged.Path, split, boxes: !needsMasks, options.CopyPictures, cancellation.ThrowIfCancellationRequested, final: output);
                break;
            case AnnotationFormat.Voc or AnnotationFormat.VocBoxes:
                VocWriter.Save(classes, rows, staged.Path, split, boxes: !needsMasks, options.CopyPictures, cancellation.ThrowIfCancellationRequested, final: output);
                break;
            case AnnotationFormat.Masks:
                SaveMasks(classes, rows, staged.Path, output, isOnly ? string.Empty : split + "/", cancellation);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "One of the values of AnnotationFormat was expected.");
        }

        bool areElsewhere = format is AnnotationFormat.CocoInstances or AnnotationFormat.CocoPanoptic or AnnotationFormat.Masks;
        return new ConvertedSplit(split, place, count.Images, count.Segments) { ImageFolder = areElsewhere && folders.Count == 1 ? folders.Single() : null };
    }

    internal static bool IsOfBoxes(AnnotationFormat format) => format is AnnotationFormat.YoloBoxes or AnnotationFormat.VocBoxes;

    private static string CocoFile(string output, string split, bool isOnly) =>
        IsJson(output)
        ? isOnly ? output : throw new InvalidDataException($"The data have several splits, of which each becomes a file: name a folder instead of '{output}', or one split.")
        : Path.Combine(output, split + ".json");

    private static bool IsJson(string output) => Path.GetExtension(output).Equals(".json", StringComparison.OrdinalIgnoreCase);

    private static bool IsCoco(AnnotationFormat format) => format is AnnotationFormat.CocoInstances or AnnotationFormat.CocoPanoptic;

    // The names of splits that are files or folders of their own, as all forms know them.
    private static string NameOf(string split, int count)
    {
        string[] words = [split, Path.GetFileNameWithoutExtension(split), .. split.Split('/', '\\', '_', '.', '-')];
        string? known = words.Select(word => word.ToLowerInvariant()).Select(word => TrainNames.Contains(word) ? "train" : ValidationNames.Contains(word) ? "val" : TestNames.Contains(word) ? "test" : null)
            .FirstOrDefault(word => word is not null);
        return known ?? (count == 1 ? "train" : string.Concat(Path.ChangeExtension(split, null).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')));
    }

    private static IEnumerable<SavedRow> Rows(IEnumerable<AnnotatedImage> images, bool needsMasks, string? imageFolder)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (AnnotatedImage image in images)
        {
            string name = imageFolder is null ? Path.GetFileName(image.Path) : Path.GetRelativePath(imageFolder, image.Path).Replace('\\', '/');
            if (name.Split('/')[0] == ".." || Path.IsPathRooted(name))
            {
                throw new InvalidDataException($"The picture '{image.Path}' lies outside of the folder of pictures '{imageFolder}'.");
            }

            if (!names.TryAdd(name, image.Path))
            {
                throw new InvalidDataException($"'{names[name]}' and '{image.Path}' have one name, '{name}': name the folder of the pictures, so that the folders below it keep them apart.");
            }

            if (needsMasks && image.Segments.Any(segment => segment.Mask is null))
            {
                throw new InvalidDataException($"'{image.Path}' is annotated with boxes alone, which this form cannot hold: write boxes of YOLO's or Pascal VOC's form.");
            }

            yield return new SavedRow(
                image.Path, name, image.Id, image.Height, image.Width, [.. image.Segments.Select(segment => new SavedSegment(segment.Class, segment.Mask, segment.Box, null, segment.IsCrowd, segment.Area))]);
        }
    }

    private static void SaveMasks(IReadOnlyList<SegmentationClass> classes, IEnumerable<SavedRow> rows, string folder, string output, string prefix, CancellationToken cancellation)
    {
        if (classes.Count > SegmentPictures.NoClass)
        {
            throw new InvalidDataException($"There are {classes.Count} classes; a map of 8 bits has at most {SegmentPictures.NoClass}.");
        }

        using var files = new NewFiles(folder, output);
        string text = string.Concat(classes.Select(found => found.Name.ReplaceLineEndings(" ") + "\n"));
        if (!File.Exists(files[ClassNames]))
        {
            files.Write(ClassNames, text);
        }
        else if (File.ReadAllText(files[ClassNames]) != text)
        {
            throw TakenPlace.Error(string.Create(CultureInfo.InvariantCulture, $"'{Path.Combine(output, ClassNames)}' has other classes than these {classes.Count}: choose another folder."));
        }

        foreach (SavedRow row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            int[] map = new int[row.Height * row.Width];
            Array.Fill(map, SegmentPictures.NoClass);
            foreach (SavedSegment segment in row.Segments.Where(segment => !segment.IsCrowd))
            {
                LabelMap.Paint(map, segment.Mask!, segment.Class);
            }

            byte[] png = SkiaImages.ToPng(new SKImageInfo(row.Width, row.Height, SKColorType.Gray8, SKAlphaType.Opaque), [.. map.Select(value => (byte)value)]);
            files.Write(prefix + Path.ChangeExtension(row.FileName, ".png"), stream => stream.Write(png));
        }

        files.Commit();
    }
}
