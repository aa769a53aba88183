namespace MLNetVision.Imaging.Annotations;

/// <summary>The classes and the records of an annotated data set; a record's masks are read only when it is reached.</summary>
/// <param name="Name">The file or folder, for messages.</param>
/// <param name="Classes">The classes, which segments name by their index.</param>
/// <param name="Records">The records, in the order of the file.</param>
public sealed record AnnotationSource(string Name, IReadOnlyList<SegmentationClass> Classes, IReadOnlyList<AnnotationRecord> Records)
{
    /// <summary>Reads the images, one at a time, in the order of the file. A second pass reads them once more.</summary>
    /// <param name="options">What to do with bad records, and more; the defaults if null: they are left out, silently unless the options name somebody to tell.</param>
    /// <exception cref="InvalidDataException">While reading: a record cannot be used, if the options say so; the message names it.</exception>
    public IEnumerable<AnnotatedImage> Read(SegmentationLoadOptions? options = null) => ReadAll(options ?? new SegmentationLoadOptions());

    private IEnumerable<AnnotatedImage> ReadAll(SegmentationLoadOptions options)
    {
        foreach (AnnotationRecord record in Records)
        {
            AnnotatedImage? image = TryRead(record, options);
            if (image is not null && (options.KeepEmptyImages || image.Segments.Count > 0))
            {
                yield return image;
            }
        }
    }

    private AnnotatedImage? TryRead(AnnotationRecord record, SegmentationLoadOptions options)
    {
        try
        {
            AnnotatedImage image = record.Read();
            return !options.RequireImages || File.Exists(image.Path)
                ? image
                : throw new InvalidDataException($"the picture '{image.Path}' does not exist");
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or IOException)
        {
            var found = new BadRecord(record.Name, e.Message);
            options.BadRecordFound?.Invoke(found);
            return options.BadRecords == BadRecordPolicy.Throw ? throw new InvalidDataException($"'{Name}', {found}", e) : null;
        }
    }
}
