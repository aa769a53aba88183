using MLNetVision.Imaging.Annotations;

namespace MLNetVision.Imaging.Conversions;

/// <summary>How annotated pictures are converted.</summary>
public sealed record AnnotationConversionOptions
{
    /// <summary>The split that is converted alone; by default null: all.</summary>
    public string? Split { get; init; }

    /// <summary>The folder of the pictures, from which their names count too; by default null: looked for beside the annotations, and names are bare.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>The classes of label maps, in the order of their values, where the data are a folder of such maps; by default null.</summary>
    public IReadOnlyList<string>? MaskClasses { get; init; }

    /// <summary>What the values of such label maps mean; the defaults if null.</summary>
    public SemanticMaskOptions? Masks { get; init; }

    /// <summary>Whether YOLO's and Pascal VOC's forms, which have their pictures beside the labels, get a copy of each; by default true.</summary>
    public bool CopyPictures { get; init; } = true;

    /// <summary>How the annotations are read; the defaults if null.</summary>
    public SegmentationLoadOptions? Load { get; init; }
}

/// <summary>What a conversion wrote of a split.</summary>
/// <param name="Split">The split.</param>
/// <param name="Path">The file or folder.</param>
/// <param name="Images">The pictures.</param>
/// <param name="Segments">The segments.</param>
public sealed record ConvertedSplit(string Split, string Path, int Images, long Segments)
{
    /// <summary>The folder that the pictures' names count from, where the form leaves pictures where they are and they lie in one; null where they lie beside the annotations, or in several.</summary>
    public string? ImageFolder { get; init; }
}
