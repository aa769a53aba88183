namespace MLNetVision.Imaging.Annotations;

/// <summary>What a loader left out, or passed over.</summary>
public enum BadRecordKind
{
    /// <summary>A picture with all its annotations.</summary>
    Record,

    /// <summary>One annotation; the others of its picture are there.</summary>
    Annotation,

    /// <summary>
    /// Something that is no loss: a value that nothing needs, a shape that is a help in drawing, a size that a camera's orientation
    /// explains. It is reported, and never thrown.
    /// </summary>
    Remark,
}
