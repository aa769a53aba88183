using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Targets;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Losses;

/// <summary>Computes the losses of matched predictions.</summary>
internal interface IMatchedLosses
{
    /// <summary>The sum over all layers and kinds, with gradient, and its parts in the order of the predictions.</summary>
    (Tensor Total, LayerLoss[] Layers) Compute(SegmentationPredictions predictions, SegmentationTargets targets, Assignment[][] matchings);
}
