using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>Classes as distributions, and the cross-entropy against them.</summary>
internal static class SoftTargets
{
    /// <summary>
    /// Distributions with 1 − s + s / classes at the class and s / classes elsewhere (Szegedy et al. 2016, section 7).
    /// </summary>
    /// <param name="classes">int64 (batch).</param>
    /// <param name="count">The number of classes.</param>
    /// <param name="smoothing">s, 0 to below 1.</param>
    /// <returns>float32 (batch, classes); each row sums to 1.</returns>
    public static Tensor Create(Tensor classes, int count, double smoothing)
    {
        using var scope = NewDisposeScope();
        double rest = smoothing / count;
        Tensor hard = nn.functional.one_hot(classes, count).to(ScalarType.Float32);
        return hard.Scale(1 - smoothing).Add(rest).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The weighted mean over the batch of −Σ_c w_c · t_c · log p_c; its weights are each picture's Σ_c w_c · t_c, so that
    /// whole targets give torch's weighted cross-entropy.
    /// </summary>
    /// <param name="logits">float32 (batch, classes).</param>
    /// <param name="targets">float32 (batch, classes), each row with a sum of 1.</param>
    /// <param name="classWeights">float32 (classes); null weighs all alike.</param>
    /// <returns>A scalar; 0 where all weights of the batch are 0.</returns>
    public static Tensor CrossEntropy(Tensor logits, Tensor targets, Tensor? classWeights)
    {
        using var scope = NewDisposeScope();
        Tensor weighted = classWeights is null ? targets : targets * classWeights;
        Tensor sum = (weighted * logits.log_softmax(1)).sum().neg();
        Tensor mass = classWeights is null ? TensorNumbers.Filled([], targets.shape[0], ScalarType.Float32, logits.device) : weighted.sum().AtLeast(1e-12f);
        return (sum / mass).MoveToOuterDisposeScope();
    }
}
