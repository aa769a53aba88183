using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Losses;

/// <summary>The classification loss: every query has a class, those without a target the last one, "no object".</summary>
internal static class ClassLoss
{
    /// <summary>Cross-entropy, averaged with the classes' weights: 1, and <paramref name="noObjectWeight"/> for "no object".</summary>
    /// <param name="logits">(batch, queries, classes + 1), the last being "no object".</param>
    /// <param name="targets">(batch, queries) int64 in [0, classes].</param>
    /// <param name="noObjectWeight">At least 0; the paper's is 0.1.</param>
    /// <returns>A scalar.</returns>
    public static Tensor WeightedCrossEntropy(Tensor logits, Tensor targets, double noObjectWeight)
    {
        using var scope = NewDisposeScope();
        long classes = logits.shape[2];
        Tensor weights = ones(classes, dtype: logits.dtype, device: logits.device);
        weights[classes - 1] = noObjectWeight;
        Tensor flat = logits.reshape(-1, classes);
        return nn.functional.cross_entropy(flat, targets.reshape(-1), weights).MoveToOuterDisposeScope();
    }

    /// <summary>The same of several layers at once.</summary>
    /// <param name="logits">(batch, layers, queries, classes + 1), the last being "no object".</param>
    /// <param name="targets">(batch, layers, queries) int64 in [0, classes].</param>
    /// <param name="noObjectWeight">At least 0; the paper's is 0.1.</param>
    /// <returns>(layers).</returns>
    public static Tensor OfLayers(Tensor logits, Tensor targets, double noObjectWeight)
    {
        using var scope = NewDisposeScope();
        Tensor weights = ones_like(targets, logits.dtype).FilledWhere(targets.IsAtLeast(logits.shape[3] - 1), noObjectWeight);
        Tensor likelihoods = logits.log_softmax(-1).gather(3, targets.unsqueeze(3)).squeeze(3);
        Tensor sums = (likelihoods * weights).sum([0, 2]);
        return (sums.negative() / weights.sum([0, 2])).MoveToOuterDisposeScope();
    }
}
