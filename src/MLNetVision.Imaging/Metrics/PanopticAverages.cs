using System.Text.Json.Serialization;
using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Metrics;

/// <summary>Means over several classes. All NaN if none of them occurs.</summary>
/// <param name="PanopticQuality">PQ: the mean of the classes' PQ.</param>
/// <param name="SegmentationQuality">SQ: how well found segments fit.</param>
/// <param name="RecognitionQuality">RQ: how many segments are found.</param>
/// <param name="ClassCount">The number of classes that occur in truth or prediction and so enter the means.</param>
public sealed record PanopticAverages(
    [property: JsonPropertyName("pq")] double PanopticQuality,
    [property: JsonPropertyName("sq")] double SegmentationQuality,
    [property: JsonPropertyName("rq")] double RecognitionQuality,
    int ClassCount)
{
    internal static PanopticAverages Mean(IEnumerable<PanopticClassMetrics> classes)
    {
        PanopticClassMetrics[] seen = [.. classes.Where(c => c.TruePositives + c.FalsePositives + c.FalseNegatives > 0)];
        return new PanopticAverages(
            Undefined.Mean(seen.Select(c => c.PanopticQuality)), Undefined.Mean(seen.Select(c => c.SegmentationQuality)),
            Undefined.Mean(seen.Select(c => c.RecognitionQuality)), seen.Length);
    }
}
