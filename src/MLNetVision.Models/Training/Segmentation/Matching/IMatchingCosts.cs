using MLNetVision.Models.Training.Segmentation.Targets;

namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>Computes the costs by which queries and targets are matched.</summary>
internal interface IMatchingCosts
{
    /// <summary>The cost matrices, [layer][image], each (queries, targets) on the host.</summary>
    CostMatrix[][] Compute(SegmentationPredictions predictions);
}
