using MLNetVision.Imaging.Metrics;

namespace TwoPhotos;

/// <summary>Panoptic quality over all segments together, whatever their class: with two photos most classes have one segment or two.</summary>
/// <param name="Value">Σ overlap / (found + false / 2 + missed / 2).</param>
/// <param name="Found">The true segments that were found.</param>
/// <param name="Segments">The true segments.</param>
internal sealed record PooledQuality(double Value, long Found, long Segments)
{
    public static PooledQuality Of(PanopticMetrics metrics)
    {
        PanopticClassMetrics[] classes = [.. metrics.PerClass];
        long found = classes.Sum(c => c.TruePositives), missed = classes.Sum(c => c.FalseNegatives), wrong = classes.Sum(c => c.FalsePositives);
        double overlap = classes.Where(c => c.TruePositives > 0).Sum(c => c.SegmentationQuality * c.TruePositives);
        return new PooledQuality(overlap / (found + 0.5 * (wrong + missed)), found, found + missed);
    }
}
