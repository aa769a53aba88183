using System.Globalization;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Annotations.Figures;

/// <summary>What is in an annotated data set, and what is wrong with it. A data set of several splits has one for each.</summary>
/// <param name="Name">The file, folder or split.</param>
/// <param name="Images">The images that can be used.</param>
/// <param name="EmptyImages">Those of them without segments.</param>
/// <param name="Classes">The classes, in their order.</param>
/// <param name="Sizes">How many images have each size (height, width), the most frequent first.</param>
/// <param name="UnreadablePictures">The files of pictures that are there but cannot be read.</param>
/// <param name="Found">What was left out or passed over: the first thousand of it.</param>
/// <param name="BadRecords">The images that cannot be used.</param>
/// <param name="BadAnnotations">The annotations that cannot be used, of images that can.</param>
public sealed record AnnotationFigures(
    string Name, long Images, long EmptyImages, IReadOnlyList<ClassFigures> Classes, IReadOnlyList<((int Height, int Width) Size, long Images)> Sizes,
    IReadOnlyList<string> UnreadablePictures, IReadOnlyList<BadRecord> Found, long BadRecords, long BadAnnotations)
{
    private const int MostShown = 10;

    /// <summary>Reads all records, and decodes the pictures that are there.</summary>
    /// <param name="source">The data set.</param>
    /// <param name="options">How it is read; the defaults if null. Bad records are counted, whatever the policy.</param>
    public static AnnotationFigures Of(AnnotationSource source, SegmentationLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= new SegmentationLoadOptions();
        var pass = new AnnotationPass(source, new SegmentationLoadOptions
        {
            BadRecordFound = options.BadRecordFound,
            RequireImages = options.RequireImages,
            Orientation = options.Orientation,
            AllowOutsideFolder = options.AllowOutsideFolder,
        });
        var classes = source.Classes.Select(found => new ClassFigures(found.Name, found.IsThing, 0, 0, 0, 0)).ToArray();
        var sizes = new Dictionary<(int Height, int Width), long>();
        var pictures = new List<string>();
        (long images, long empty) = (0, 0);
        try
        {
            foreach (AnnotatedImage image in pass.Read())
            {
                images++;
                empty += image.Segments.Count == 0 ? 1 : 0;
                sizes[(image.Height, image.Width)] = sizes.GetValueOrDefault((image.Height, image.Width)) + 1;
                foreach (IGrouping<int, AnnotatedSegment> group in image.Segments.GroupBy(segment => segment.Class))
                {
                    ClassFigures before = classes[group.Key];
                    classes[group.Key] = before with
                    {
                        Segments = before.Segments + group.Count(),
                        Crowds = before.Crowds + group.Count(segment => segment.IsCrowd),
                        Images = before.Images + 1,
                        Area = before.Area + group.Sum(segment => segment.Area),
                    };
                }

                if (File.Exists(image.Path))
                {
                    pictures.Add(image.Path);
                }
            }
        }
        catch (InvalidDataException) when (images == 0)
        {
            // That no record can be used is what the figures say.
        }

        // The header of a picture that breaks off is sound, so they are decoded.
        string[] unreadable = [.. pictures.AsParallel().AsOrdered().Where(path => LabelFolders.ProblemWithin(path) is not null)];
        return new AnnotationFigures(
            source.Name, images, empty, classes, [.. sizes.OrderByDescending(size => size.Value).ThenBy(size => size.Key).Select(size => (size.Key, size.Value))], unreadable, pass.Found,
            pass.Count(BadRecordKind.Record), pass.Count(BadRecordKind.Annotation));
    }

    /// <summary>The figures as text: a table of the classes, the sizes, and the first of what is wrong.</summary>
    public override string ToString()
    {
        var lines = new List<string> { $"{Name}: {Images} image(s), {EmptyImages} without segments" };
        if (Classes.Count > 0)
        {
            lines.Add(MetricsText.Table(
                ["class", "segments", "crowds", "images", "mean area"],
                [.. Classes.Select(found => (string[])[found.Name, $"{found.Segments}", $"{found.Crowds}", $"{found.Images}", found.Segments == 0 ? "-" : (found.Area / found.Segments).ToString("0", CultureInfo.InvariantCulture)])]).TrimEnd());
        }

        if (Sizes.Count > 0)
        {
            string sizes = string.Join(", ", Sizes.Take(MostShown).Select(size => $"{size.Size.Width}×{size.Size.Height} ({size.Images})"));
            lines.Add($"{Sizes.Count} size(s), width×height: {sizes}{(Sizes.Count > MostShown ? ", …" : string.Empty)}");
        }

        if (UnreadablePictures.Count > 0)
        {
            lines.Add($"{UnreadablePictures.Count} picture(s) cannot be read: {string.Join(", ", UnreadablePictures.Take(MostShown))}{(UnreadablePictures.Count > MostShown ? ", …" : string.Empty)}");
        }

        lines.AddRange(Found.Take(MostShown).Select(found => $"{found.Kind switch { BadRecordKind.Record => "left out", BadRecordKind.Annotation => "annotation left out", _ => "remark" }}: {found}"));
        if (Found.Count > MostShown)
        {
            lines.Add($"… and {Found.Count - MostShown} more");
        }

        return MetricsText.Lines([.. lines, string.Empty]);
    }
}
