namespace MLNetVision.Imaging.Metrics.Classification;

/// <summary>The pictures whose highest probability lies in a tenth of the scale.</summary>
/// <param name="From">Where the tenth begins.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Count">The pictures.</param>
/// <param name="Confidence">The mean of their highest probabilities; NaN without pictures.</param>
/// <param name="Accuracy">The part of them told right; NaN without pictures.</param>
public sealed record CalibrationBin(double From, double To, long Count, double Confidence, double Accuracy);
