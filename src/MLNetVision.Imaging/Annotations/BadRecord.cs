namespace MLNetVision.Imaging.Annotations;

/// <summary>What a loader could not use of an annotated data set.</summary>
/// <param name="Name">The record's id or file.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record BadRecord(string Name, string Reason)
{
    /// <summary>How much of the record is left out; by default all of it.</summary>
    public BadRecordKind Kind { get; init; } = BadRecordKind.Record;

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Reason}";
}
