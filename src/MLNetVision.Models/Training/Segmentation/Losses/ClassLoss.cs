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
}
