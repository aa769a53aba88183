namespace MLNetVision.Imaging.Folders;

/// <summary>How labelled picture files become a data view.</summary>
public sealed class ImageFolderOptions
{
    /// <summary>The name of the text column with the full path of each picture; by default "Image".</summary>
    public string ImageColumnName { get; init; } = "Image";

    /// <summary>The name of the text column with the labels; by default "Label".</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>
    /// The name of the text column with "train", "test" or "validation"; by default "Split". Only a folder that is divided
    /// that way gets it.
    /// </summary>
    public string SplitColumnName { get; init; } = "Split";

    /// <summary>
    /// Whether each file's header is read when the data are first read, so that files that are no pictures are left out and
    /// reported; true by default. Pixels are not decoded then.
    /// </summary>
    public bool CheckFiles { get; init; } = true;

    /// <summary>
    /// The largest share of the files, from 0 to 1, that may be left out; where it is more, the first reading throws an <see cref="InvalidDataException"/>
    /// with the counts and the first reasons. By default null: any share, as long as one picture can be used.
    /// </summary>
    public double? ToleratedBadShare { get; init; }

    /// <summary>
    /// Whether the first line of a CSV or TSV file holds column names; by default null: it does if its first field names no
    /// existing file.
    /// </summary>
    public bool? HasHeader { get; init; }

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(ImageColumnName);
        ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(SplitColumnName);
        string[] names = [ImageColumnName, LabelColumnName, SplitColumnName];
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Length)
        {
            throw new ArgumentException($"The column names must differ, but they are '{string.Join("', '", names)}'.");
        }

        if (ToleratedBadShare is not (null or >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(ToleratedBadShare), ToleratedBadShare, "Expected a share from 0 to 1, or null.");
        }
    }
}
