using System.Text.Json.Serialization;

namespace MLNetVision.Imaging.Metrics;

/// <summary>Panoptic quality of one class. A class that occurs nowhere has only zeros and enters no mean.</summary>
/// <param name="Name">The class's name.</param>
/// <param name="IsThing">Whether it has countable objects; null: not known.</param>
/// <param name="TruePositives">Segments found: overlap above ½ with a true one.</param>
/// <param name="FalsePositives">Predicted segments without a true one.</param>
/// <param name="FalseNegatives">True segments that were not found.</param>
/// <param name="Overlap">The sum of the overlaps of the segments found.</param>
public sealed record PanopticClassMetrics(string Name, bool? IsThing, long TruePositives, long FalsePositives, long FalseNegatives, double Overlap)
{
    /// <summary>PQ = SQ · RQ: the overlap summed over the segments found, divided by their number plus half the false and half the missed ones.</summary>
    [JsonPropertyName("pq")]
    public double PanopticQuality => Fraction(Overlap, Weight);

    /// <summary>SQ: the mean overlap of the segments found.</summary>
    [JsonPropertyName("sq")]
    public double SegmentationQuality => Fraction(Overlap, TruePositives);

    /// <summary>RQ: the F1 score of finding segments.</summary>
    [JsonPropertyName("rq")]
    public double RecognitionQuality => Fraction(TruePositives, Weight);

    private double Weight => TruePositives + 0.5 * FalsePositives + 0.5 * FalseNegatives;

    private static double Fraction(double numerator, double denominator) => denominator == 0 ? 0 : numerator / denominator;
}
