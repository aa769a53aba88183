using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations.Coco;

/// <summary>A row on its way into a COCO file.</summary>
internal sealed record CocoRow(string FileName, long Id, int Height, int Width, IReadOnlyList<CocoRowSegment> Segments);

/// <summary>A segment on its way into a COCO file; the category id is the key.</summary>
internal sealed record CocoRowSegment(uint CategoryId, RunLengthMask Mask, float? Score, bool IsCrowd, double Area);
