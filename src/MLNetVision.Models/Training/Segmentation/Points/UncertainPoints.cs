using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Points;

/// <summary>
/// Chooses the points of a mask loss: most of them where the prediction is least certain, the rest at random
/// (PointRend, section 3.3; Mask2Former, section 3.3).
/// </summary>
internal static class UncertainPoints
{
    /// <summary>How many candidates are drawn for a number of loss points.</summary>
    public static long CandidateCount(long points, double oversampleRatio) => (long)(points * oversampleRatio);

    /// <summary>How many of the loss points are the most uncertain candidates.</summary>
    public static long UncertainCount(long points, double importanceSampleRatio) => (long)(importanceSampleRatio * points);

    /// <summary>Joins the candidates whose logits are closest to 0, in no particular order, and the random points.</summary>
    /// <param name="candidateLogits">(masks, candidates): the prediction at each candidate; +∞ excludes a candidate as long as others suffice.</param>
    /// <param name="candidates">(masks, candidates, 2).</param>
    /// <param name="uncertain">How many candidates to keep, at most all.</param>
    /// <param name="random">(masks, rest, 2), or null for none.</param>
    /// <returns>(masks, uncertain + rest, 2), without gradient.</returns>
    public static Tensor Select(Tensor candidateLogits, Tensor candidates, long uncertain, Tensor? random)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        if (!GpuForm.IsFor(candidateLogits) && candidateLogits.dtype == ScalarType.Float32)
        {
            return UncertainPointsKernel.Select(candidateLogits.detach().contiguous(), candidates.contiguous(), uncertain, random).MoveToOuterDisposeScope();
        }

        Tensor certainty = candidateLogits.detach().abs();
        Tensor chosen = certainty.topk((int)uncertain, dim: 1, largest: false, sorted: false).indexes;
        Tensor points = candidates.gather(1, chosen.unsqueeze(2).expand(-1, -1, 2));
        return (random is null ? points : cat([points, random], 1)).MoveToOuterDisposeScope();
    }
}
