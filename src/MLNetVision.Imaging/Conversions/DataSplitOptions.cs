namespace MLNetVision.Imaging.Conversions;

/// <summary>How labelled or annotated pictures are divided into parts.</summary>
public sealed record DataSplitOptions
{
    /// <summary>The parts with their shares, which are above 0 and together 1; by default train 0.8 and val 0.2.</summary>
    public IReadOnlyList<(string Part, double Share)> Parts { get; init; } = [("train", 0.8), ("val", 0.2)];

    /// <summary>Decides which picture falls into which part, together with the names of the pictures and of the folders that they lie in; by default 1. A training with the same seed and share holds the same pictures out.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Whether each class is divided by itself, pictures with segments by the rarest class in them; by default true.</summary>
    public bool IsStratified { get; init; } = true;

    /// <summary>Of labelled pictures, whether the parts are lists of where they lie (the default), or folders with copies or links. Annotations leave pictures where they are in COCO's forms and label maps, and copy them in the others.</summary>
    public PictureTransfer Pictures { get; init; } = PictureTransfer.None;

    /// <summary>The form in which annotations are written; by default null: their own, or COCO's instances where it cannot be written.</summary>
    public AnnotationFormat? Format { get; init; }

    /// <summary>How annotations are read, and where their pictures are; the defaults if null.</summary>
    public AnnotationConversionOptions? Annotations { get; init; }

    /// <summary>Told what of labelled pictures was left out; by default null. Annotations tell the options that they are read with.</summary>
    public Action<string>? ProblemFound { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Parts);
        if (Parts.Count < 2 || Parts.Any(part => !(part.Share > 0)) || Math.Abs(Parts.Sum(part => part.Share) - 1) > 1e-6)
        {
            throw new ArgumentException($"Expected two or more shares above 0 that are together 1; these are {string.Join(", ", Parts.Select(part => FormattableString.Invariant($"{part.Part} {part.Share}")))}.");
        }

        if (Parts.Select(part => part.Part).Distinct(StringComparer.OrdinalIgnoreCase).Count() < Parts.Count || Parts.Any(part => part.Part.Length == 0 || !part.Part.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')))
        {
            throw new ArgumentException($"Expected parts with different names of letters and digits, such as train and val; these are {string.Join(", ", Parts.Select(part => part.Part))}.");
        }
    }
}

/// <summary>A part that was written.</summary>
/// <param name="Part">Its name.</param>
/// <param name="Path">Its file or folder.</param>
/// <param name="Images">Its pictures.</param>
public sealed record DataPart(string Part, string Path, int Images)
{
    /// <inheritdoc cref="ConvertedSplit.ImageFolder"/>
    public string? ImageFolder { get; init; }

    /// <summary>The form of annotations that was written; null of labelled pictures.</summary>
    public AnnotationFormat? Format { get; init; }
}
