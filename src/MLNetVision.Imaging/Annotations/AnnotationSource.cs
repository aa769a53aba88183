namespace MLNetVision.Imaging.Annotations;

/// <summary>The classes and the records of an annotated data set; a record's masks are read only when it is reached.</summary>
/// <param name="Name">The file or folder, for messages.</param>
/// <param name="Classes">The classes, which segments name by their index.</param>
/// <param name="Records">The records, in the order of the file.</param>
public sealed record AnnotationSource(string Name, IReadOnlyList<SegmentationClass> Classes, IReadOnlyList<AnnotationRecord> Records)
{
    /// <summary>What is to be said of the whole.</summary>
    internal IReadOnlyList<BadRecord> Notes { get; init; } = [];

    /// <summary>Reads the images, one at a time, in the order of the file. A second pass reads them once more.</summary>
    /// <param name="options">What to do with bad records, and more; the defaults if null: they are left out, silently unless the options name somebody to tell.</param>
    /// <exception cref="InvalidDataException">While reading: a record cannot be used, if the options say so (the message names it), more of them than the options tolerate, or none can.</exception>
    /// <exception cref="ArgumentOutOfRangeException">While reading: the tolerated share is none.</exception>
    public IEnumerable<AnnotatedImage> Read(SegmentationLoadOptions? options = null) => new AnnotationPass(this, options ?? new SegmentationLoadOptions()).Read();
}
