namespace MLNetVision.Imaging.Annotations;

/// <summary>A class of segments.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsThing">Whether its objects can be counted (a thing) or not (stuff).</param>
public sealed record SegmentationClass(string Name, bool IsThing);
