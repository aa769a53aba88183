using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Losses;

/// <summary>The losses of matched masks at their points (Mask2Former, section 3.3; equation 1 of MaskFormer).</summary>
internal static class PointLosses
{
    /// <summary>Binary cross-entropy: averaged over a mask's points, summed over the masks, divided by <paramref name="maskCount"/>.</summary>
    /// <param name="logits">(masks, points).</param>
    /// <param name="labels">(masks, points) in [0, 1].</param>
    /// <param name="maskCount">The number of targets in the batch, at least 1.</param>
    /// <param name="weights">(masks, points) in [0, 1]: how much each point counts; null counts all alike.</param>
    /// <returns>A scalar.</returns>
    public static Tensor SigmoidCrossEntropy(Tensor logits, Tensor labels, double maskCount, Tensor? weights = null)
    {
        using var scope = NewDisposeScope();
        return SigmoidCrossEntropies(logits, labels, weights).sum().Over(maskCount).MoveToOuterDisposeScope();
    }

    /// <summary>The dice loss with 1 added above and below, summed over the masks, divided by <paramref name="maskCount"/>.</summary>
    /// <inheritdoc cref="SigmoidCrossEntropy" path="/param"/>
    /// <returns>A scalar.</returns>
    public static Tensor Dice(Tensor logits, Tensor labels, double maskCount, Tensor? weights = null)
    {
        using var scope = NewDisposeScope();
        return Dices(logits, labels, weights).sum().Over(maskCount).MoveToOuterDisposeScope();
    }

    /// <summary>Each mask's binary cross-entropy, averaged over its points.</summary>
    /// <inheritdoc cref="SigmoidCrossEntropy" path="/param"/>
    /// <returns>(masks).</returns>
    public static Tensor SigmoidCrossEntropies(Tensor logits, Tensor labels, Tensor? weights)
    {
        using var scope = NewDisposeScope();
        Tensor each = nn.functional.binary_cross_entropy_with_logits(logits, labels, weights, nn.Reduction.None);
        Tensor perMask = weights is null ? each.mean([1]) : each.sum(1) / weights.sum(1).AtLeast(1);
        return perMask.MoveToOuterDisposeScope();
    }

    /// <summary>Each mask's dice loss.</summary>
    /// <inheritdoc cref="SigmoidCrossEntropy" path="/param"/>
    /// <returns>(masks).</returns>
    public static Tensor Dices(Tensor logits, Tensor labels, Tensor? weights)
    {
        using var scope = NewDisposeScope();
        Tensor inside = logits.sigmoid();
        if (weights is not null)
        {
            inside = inside * weights;
            labels = labels * weights;
        }

        Tensor numerator = (inside * labels).sum(1).Times(2.0).Plus(1.0);
        Tensor denominator = inside.sum(1).Plus(labels.sum(1)).Plus(1.0);
        return (numerator / denominator).OneMinus().MoveToOuterDisposeScope();
    }
}
