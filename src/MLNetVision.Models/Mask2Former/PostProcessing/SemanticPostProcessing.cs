using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Mask2Former.PostProcessing.Kernels;

namespace MLNetVision.Models.Mask2Former.PostProcessing;

/// <summary>
/// Gives every pixel its surest class: class scores are the product of the queries' classes and masks on the middle grid,
/// interpolated to the target. It goes tile by tile, so that no (classes × pixels) array is ever made.
/// </summary>
internal static class SemanticPostProcessing
{
    // A tile's masks, about half a megabyte for 100 queries, stay in the second-level cache.
    /// <param name="probabilities">(queries, classes + 1), softmax over the classes.</param>
    /// <param name="classes">The number of classes without "no object".</param>
    /// <param name="logits">(queries, rows, columns).</param>
    /// <param name="geometry">The grids.</param>
    public static SegmentationResult Run(ReadOnlySpan<float> probabilities, int classes, ReadOnlySpan<float> logits, MaskGeometry geometry)
    {
        int queries = probabilities.Length / (classes + 1);
        var contest = new ClassContest(geometry.Height, geometry.Width);
        using (var masks = new QueryMasks(logits, [.. Enumerable.Range(0, queries)], geometry))
        {
            var weights = new ClassWeights(probabilities, classes);
            AxisMap? rows = geometry.IsMiddleTheTarget ? null : geometry.TargetRows, columns = geometry.IsMiddleTheTarget ? null : geometry.TargetColumns;
            List<AxisSpan> down = AxisSpan.Split(rows, geometry.Height, PieceSizes.SemanticRows, step: 1);
            List<AxisSpan> across = AxisSpan.Split(columns, geometry.Width, PieceSizes.SemanticColumns, AxisMap.Lanes);
            Workers.For(down.Count * across.Count, i =>
                new SemanticTile(masks, weights, contest, rows, columns, down[i / across.Count], across[i % across.Count]).Decide());
        }

        var sums = new double[classes];
        ReadOnlySpan<int> owners = contest.Owners;
        ReadOnlySpan<float> scores = contest.Scores;
        for (int i = 0; i < owners.Length; i++)
        {
            sums[owners[i]] += scores[i];
        }

        var segments = new List<PredictedSegment>();
        foreach ((int label, RunLengthMask mask) in LabelMap.ToMasks(owners, geometry.Height, geometry.Width))
        {
            segments.Add(new PredictedSegment(segments.Count + 1, label, (float)Math.Min(1, sums[label] / mask.Area), mask));
        }

        return new SegmentationResult(geometry.Height, geometry.Width, segments);
    }
}
