namespace MLNetVision.Imaging.Annotations;

/// <summary>What a pass over a data set gave, and what it left out.</summary>
/// <param name="Name">The file or folder.</param>
/// <param name="Records">The records of the data set, bad ones among them.</param>
/// <param name="Used">The records that became rows or images so far.</param>
/// <param name="BadRecords">The records that were left out so far.</param>
/// <param name="BadAnnotations">The annotations that were left out so far, of records that were used.</param>
/// <param name="Found">What was left out or passed over: the first thousand of it.</param>
/// <param name="IsComplete">Whether the pass came to the end of the data set.</param>
public sealed record DataReport(string Name, long Records, long Used, long BadRecords, long BadAnnotations, IReadOnlyList<BadRecord> Found, bool IsComplete)
{
    /// <summary>How many reasons a message has.</summary>
    internal const int Reasons = 3;

    /// <summary>The counts and the first reasons in a sentence.</summary>
    public override string ToString()
    {
        BadRecord[] reasons = [.. Found.Where(found => found.Kind != BadRecordKind.Remark).Take(Reasons)];
        string more = BadRecords + BadAnnotations > reasons.Length ? "; …" : string.Empty;
        string annotations = BadAnnotations > 0 ? $" and {BadAnnotations} annotation(s)" : string.Empty;
        return $"Of '{Name}' {Used} of {Records} record(s) were used{(IsComplete ? string.Empty : " so far")}, {BadRecords}{annotations} were left out"
            + (reasons.Length > 0 ? $": {string.Join("; ", reasons.Select(reason => $"{reason}"))}{more}." : ".");
    }
}
