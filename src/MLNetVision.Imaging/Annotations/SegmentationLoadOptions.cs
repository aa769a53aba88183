using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Imaging.Annotations;

/// <summary>How annotated images are loaded.</summary>
public sealed class SegmentationLoadOptions
{
    /// <summary>What happens to records and annotations that cannot be used; by default they are left out and reported.</summary>
    public BadRecordPolicy BadRecords { get; init; }

    /// <summary>
    /// Told of each bad record, each bad annotation of a record that is used, and each remark as it is met (see
    /// <see cref="BadRecord.Kind"/>); by default null. A pass over the data may meet it again.
    /// </summary>
    public Action<BadRecord>? BadRecordFound { get; init; }

    /// <summary>
    /// The largest share of the records, from 0 to 1, that may be left out; where it is more, reading ends with an <see cref="InvalidDataException"/>
    /// that has the counts and the first reasons. By default null: any share, as long as there is one record that can be used.
    /// </summary>
    public double? ToleratedBadShare { get; init; }

    /// <summary>Told what a pass gave and left out, at its end or where it was given up; by default null.</summary>
    public Action<DataReport>? PassEnded { get; init; }

    /// <summary>Whether each picture file must exist; by default true. Without it the masks can be used where the pictures are not.</summary>
    public bool RequireImages { get; init; } = true;

    /// <summary>
    /// Whether annotations may name pictures and masks outside of the folder that was given: by "..", by absolute paths or over
    /// links. By default false: such records are bad, since a stranger's file could read any other. URLs are never fetched.
    /// </summary>
    public bool AllowOutsideFolder { get; init; }

    /// <summary>Whether images without any segment are rows too; by default true.</summary>
    public bool KeepEmptyImages { get; init; } = true;

    /// <summary>
    /// Which way pictures are up in whose pixels the masks are given; by default <see cref="ExifOrientation.Apply"/>: upright, as
    /// annotation tools, trainers and scorers show them. Masks of the other way are turned where the sizes tell. With
    /// <see cref="ExifOrientation.Ignore"/> masks fit the pixels as they are stored, which Hugging Face's processors take.
    /// </summary>
    public ExifOrientation Orientation { get; init; } = ExifOrientation.Apply;

    /// <exception cref="ArgumentOutOfRangeException">The tolerated share is none.</exception>
    internal void Validate()
    {
        if (ToleratedBadShare is not (null or >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(ToleratedBadShare), ToleratedBadShare, "Expected a share from 0 to 1, or null.");
        }
    }
}
