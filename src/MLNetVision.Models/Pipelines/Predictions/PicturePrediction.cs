using MLNetVision.Imaging.Segments;

namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>The answer to a request: classes, segments, or why there is none.</summary>
/// <param name="Request">The request.</param>
/// <param name="Classification">The classes; null from a network that segments.</param>
/// <param name="Segmentation">The segments; null from a network that classifies.</param>
/// <param name="Problem">Why the picture has no answer; null where it has one.</param>
public sealed record PicturePrediction(PictureRequest Request, Classification? Classification, SegmentationResult? Segmentation, string? Problem);
