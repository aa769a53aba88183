namespace MLNetVision.Imaging.Annotations;

/// <summary>What a loader does with a record or an annotation that it cannot use.</summary>
public enum BadRecordPolicy
{
    /// <summary>Leaves it out; all of them are reported in one warning at the end of a pass. If no record at all can be used, or fewer than <see cref="SegmentationLoadOptions.ToleratedBadShare"/> says, that is an <see cref="InvalidDataException"/>.</summary>
    Skip,

    /// <summary>Throws an <see cref="InvalidDataException"/> that names the record.</summary>
    Throw,
}
