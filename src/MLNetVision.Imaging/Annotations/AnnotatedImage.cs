using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Annotations;

/// <summary>An image and its true segments, as every loader reads them.</summary>
/// <param name="Path">The picture file.</param>
/// <param name="Id">The image's number.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Segments">The segments, in the order of the file.</param>
public sealed record AnnotatedImage(string Path, long Id, int Height, int Width, IReadOnlyList<AnnotatedSegment> Segments)
{
    /// <summary>What was left out or passed over.</summary>
    internal IReadOnlyList<(BadRecordKind Kind, string Reason)> Notes { get; init; } = [];

    /// <summary>How many pixels of a label map have each value without a class, and whether that value is to be ignored; null for what is no label map.</summary>
    internal IReadOnlyDictionary<string, (long Pixels, bool IsIgnored)>? PixelsWithoutClass { get; init; }

    /// <summary>The segments as the evaluators of <see cref="Metrics"/> take them.</summary>
    public IReadOnlyList<Segment> ToTruth() =>
        [.. Segments.Select(segment => new Segment { Class = segment.Class, Mask = segment.Mask, Box = segment.Box, IsCrowd = segment.IsCrowd, Area = segment.Area })];
}

/// <summary>A true segment.</summary>
/// <param name="Class">The index of its class.</param>
/// <param name="Mask">Its pixels; null where there is only a box.</param>
/// <param name="Box">The stated box, or that of the mask.</param>
/// <param name="Area">The stated area, or that of the mask.</param>
/// <param name="IsCrowd">Whether it stands for several objects.</param>
public sealed record AnnotatedSegment(int Class, RunLengthMask? Mask, BoundingBox Box, double Area, bool IsCrowd)
{
    /// <summary>The confidence that the file states, where it holds predictions; null of what people drew.</summary>
    public double? Score { get; init; }

    /// <summary>A segment whose box and area are those of its mask.</summary>
    /// <param name="class">The index of its class.</param>
    /// <param name="mask">Its pixels.</param>
    public static AnnotatedSegment Of(int @class, RunLengthMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return new AnnotatedSegment(@class, mask, mask.Box, mask.Area, IsCrowd: false);
    }

    /// <summary>A segment that is known by its box alone.</summary>
    /// <param name="class">The index of its class.</param>
    /// <param name="box">Its box.</param>
    public static AnnotatedSegment Of(int @class, BoundingBox box) => new(@class, null, box, box.Width * box.Height, IsCrowd: false);
}
