using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Segmentation.Evaluation;

/// <summary>An image's segments, true and predicted.</summary>
internal sealed record EvaluationRow(long ImageId, IReadOnlyList<Segment> Truth, IReadOnlyList<Segment> Prediction);
