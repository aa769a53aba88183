using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Losses;

/// <summary>Where the losses of masks are computed (Mask2Former, section 3.3).</summary>
internal static class LossPoints
{
    /// <summary>Draws the points of some layers' masks: most where a mask is uncertain, the rest at random.</summary>
    /// <param name="options">How many points, and of how many candidates.</param>
    /// <param name="source">Draws them.</param>
    /// <param name="maps">The logits of the masks, layer by layer: (layers · masks, 1, height, width).</param>
    /// <param name="layers">The layers in the order of the maps, as many masks of each.</param>
    /// <param name="weightsAt">The weights of candidates, below 1 where a pixel is ignored; null where none is.</param>
    /// <returns>(layers · masks, points, 2), without gradient.</returns>
    /// <exception cref="InvalidOperationException">The source gave something else than points.</exception>
    public static Tensor Choose(CriterionOptions options, IPointSource source, Tensor maps, IReadOnlyList<int> layers, Func<Tensor, Tensor?> weightsAt)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        long uncertain = UncertainPoints.UncertainCount(options.Points, options.ImportanceSampleRatio);
        (Tensor candidates, Tensor? random) = source.DrawLossPoints(
            layers, maps.shape[0] / layers.Count, UncertainPoints.CandidateCount(options.Points, options.OversampleRatio), options.Points - uncertain, maps.device);
        Tensor logits = PointSampling.Sample(maps.detach(), candidates).squeeze(1);
        if (weightsAt(candidates) is { } weights)
        {
            logits = logits.FilledWhere(weights.IsBelow(1.0), double.PositiveInfinity);
        }

        return UncertainPoints.Select(logits, candidates, uncertain, random).MoveToOuterDisposeScope();
    }
}
