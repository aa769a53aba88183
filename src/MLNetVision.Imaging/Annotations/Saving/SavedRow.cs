using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations.Saving;

/// <summary>A row on its way into a file of annotations.</summary>
/// <param name="Picture">The picture file.</param>
/// <param name="FileName">Its name in the annotations, with folders where pictures count from one.</param>
/// <param name="Id">The image's number.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Segments">Its segments.</param>
internal sealed record SavedRow(string Picture, string FileName, long Id, int Height, int Width, IReadOnlyList<SavedSegment> Segments);

/// <summary>A segment on its way into a file of annotations.</summary>
/// <param name="Class">The index of its class.</param>
/// <param name="Mask">Its pixels; null where there is only a box.</param>
/// <param name="Box">Its box.</param>
/// <param name="Score">The confidence of a prediction; null for the truth.</param>
/// <param name="IsCrowd">Whether it stands for several objects.</param>
/// <param name="Area">Its area in pixels.</param>
internal sealed record SavedSegment(int Class, RunLengthMask? Mask, BoundingBox Box, float? Score, bool IsCrowd, double Area);
