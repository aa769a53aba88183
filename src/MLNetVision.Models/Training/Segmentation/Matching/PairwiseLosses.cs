using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>
/// The mask losses between every prediction and every target of an image, which the matcher uses as costs
/// (Mask2Former, section 3.3). Nothing is differentiated here. All tensors may have further dimensions in front, alike.
/// </summary>
internal static class PairwiseLosses
{
    /// <summary>
    /// Binary cross-entropy, averaged over the points. With s = softplus(x), cross-entropy is s(x) − x·t, so one product
    /// serves both the pixels that are in a target and those that are not.
    /// </summary>
    /// <param name="logits">(predictions, points).</param>
    /// <param name="labels">(targets, points) in [0, 1].</param>
    /// <param name="weights">(points) in [0, 1]: how much each point counts; null counts all alike.</param>
    /// <returns>(predictions, targets).</returns>
    public static Tensor SigmoidCrossEntropy(Tensor logits, Tensor labels, Tensor? weights = null)
    {
        using var scope = NewDisposeScope();
        Tensor outside = logits.Softplus();
        if (weights is null)
        {
            Tensor sums = outside.sum(-1, keepdim: true) - logits.matmul(labels.transpose(-1, -2));
            return sums.Over(logits.shape[^1]).MoveToOuterDisposeScope();
        }

        Tensor weighted = outside.matmul(weights.unsqueeze(-1)) - logits.matmul((labels * weights.unsqueeze(-2)).transpose(-1, -2));
        return (weighted / weights.sum(-1, keepdim: true).unsqueeze(-1).AtLeast(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The dice loss with 1 added above and below.</summary>
    /// <inheritdoc cref="SigmoidCrossEntropy" path="/param"/>
    /// <returns>(predictions, targets).</returns>
    public static Tensor Dice(Tensor logits, Tensor labels, Tensor? weights = null)
    {
        using var scope = NewDisposeScope();
        Tensor inside = logits.sigmoid();
        if (weights is not null)
        {
            inside.mul_(weights.unsqueeze(-2));
            labels = labels * weights.unsqueeze(-2);
        }

        Tensor numerator = inside.matmul(labels.transpose(-1, -2)).Times(2.0).Plus(1.0);
        Tensor denominator = inside.sum(-1, keepdim: true).Plus(labels.sum(-1).unsqueeze(-2)).Plus(1.0);
        return (numerator / denominator).OneMinus().MoveToOuterDisposeScope();
    }
}
