namespace MLNetVision.Imaging.Annotations;

/// <summary>The classes and the records of an annotated data set; a record's masks are read only when its row is.</summary>
/// <param name="Name">The file or folder, for messages.</param>
/// <param name="Classes">The classes, in the order of their keys.</param>
/// <param name="Records">The records, in the order of the file.</param>
internal sealed record AnnotationSource(string Name, IReadOnlyList<SegmentationClass> Classes, IReadOnlyList<AnnotationRecord> Records)
{
    /// <summary>What is to be said of the whole.</summary>
    public IReadOnlyList<BadRecord> Notes { get; init; } = [];
}
