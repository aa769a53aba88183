namespace MLNetVision.Imaging.Annotations;

/// <summary>A class of segments.</summary>
/// <param name="Name">Its name, the key value of the label column.</param>
/// <param name="IsThing">Whether its objects can be counted (a thing) or not (stuff).</param>
internal sealed record SegmentationClass(string Name, bool IsThing);
