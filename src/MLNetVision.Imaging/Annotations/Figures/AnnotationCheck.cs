using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Annotations.Figures;

/// <summary>What is in an annotated data set of any form that can be told, split by split, and what is wrong with it.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Form">Its form.</param>
/// <param name="Splits">The figures of each split; of a data set that is not divided those of the whole.</param>
public sealed record AnnotationCheck(string Path, AnnotationForm Form, IReadOnlyList<AnnotationFigures> Splits)
{
    /// <summary>Whether nothing was left out, every picture can be read, and each split has a segment at least.</summary>
    public bool IsClean => Splits.All(split => split.BadRecords == 0 && split.BadAnnotations == 0 && split.UnreadablePictures.Count == 0) && SplitsWithoutSegments.Count == 0;

    /// <summary>The splits with pictures and not one segment in them, whose annotations are missing or of other pictures.</summary>
    public IReadOnlyList<string> SplitsWithoutSegments => [.. Splits.Where(split => split.Images > 0 && split.Classes.All(found => found.Segments == 0)).Select(split => split.Name)];

    /// <summary>Reads all records of all splits, and decodes the pictures that are there.</summary>
    /// <param name="path">The annotation file, or a folder with one or several.</param>
    /// <param name="imageFolder">The folder of pictures; null to look for it beside the annotations.</param>
    /// <param name="options">How they are read; the defaults if null. Bad records are counted, whatever the policy.</param>
    /// <exception cref="InvalidDataException">The form cannot be told, or the only file is broken.</exception>
    public static AnnotationCheck Of(string path, string? imageFolder = null, SegmentationLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        IReadOnlyList<(string Split, Func<AnnotationSource> Open)> splits = AnnotationForms.Splits(path, imageFolder, options, out AnnotationForm form);
        return new AnnotationCheck(path, form, [.. splits.Select(split => Figures(split.Split, split.Open, isOnly: splits.Count == 1, options))]);
    }

    /// <summary>The figures as text: a table of the splits, and for each a table of its classes, its sizes and what is wrong.</summary>
    public override string ToString() => MetricsText.Lines(
    [
        $"'{Path}', {AnnotationForms.NameOf(Form)}",
        MetricsText.Table(
            ["split", "images", "without segments", "segments", "bad records", "bad annotations", "unreadable pictures"],
            [.. Splits.Select(split => (string[])[split.Name, $"{split.Images}", $"{split.EmptyImages}", $"{split.Classes.Sum(found => found.Segments)}", $"{split.BadRecords}", $"{split.BadAnnotations}", $"{split.UnreadablePictures.Count}"])]),
        .. Splits.Select(split => $"{split}"),
    ]);

    // A split that lacks its folder, say, is one bad record among the other splits.
    private static AnnotationFigures Figures(string split, Func<AnnotationSource> open, bool isOnly, SegmentationLoadOptions? options)
    {
        try
        {
            return AnnotationFigures.Of(open() with { Name = split }, options);
        }
        catch (Exception e) when (!isOnly && e is InvalidDataException or IOException)
        {
            return new AnnotationFigures(split, 0, 0, [], [], [], [new BadRecord(split, e.Message)], BadRecords: 1, BadAnnotations: 0);
        }
    }
}
