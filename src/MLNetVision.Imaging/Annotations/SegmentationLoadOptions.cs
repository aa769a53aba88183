namespace MLNetVision.Imaging.Annotations;

/// <summary>How annotated images are loaded.</summary>
public sealed class SegmentationLoadOptions
{
    /// <summary>What happens to records that cannot be used; by default they are left out and reported.</summary>
    public BadRecordPolicy BadRecords { get; init; }

    /// <summary>Told of each bad record as it is met; by default null. A pass over the data may meet it again.</summary>
    public Action<BadRecord>? BadRecordFound { get; init; }

    /// <summary>Whether each picture file must exist; by default true. Without it the masks can be used where the pictures are not.</summary>
    public bool RequireImages { get; init; } = true;

    /// <summary>
    /// Whether annotations may name pictures and masks outside of the folder that was given: by "..", by absolute paths or over
    /// links. By default false: such records are bad, since a stranger's file could read any other. URLs are never fetched.
    /// </summary>
    public bool AllowOutsideFolder { get; init; }

    /// <summary>Whether images without any segment are rows too; by default true.</summary>
    public bool KeepEmptyImages { get; init; } = true;
}
