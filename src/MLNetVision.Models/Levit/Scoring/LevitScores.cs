using MLNetVision.Models.Levit.Inference;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Scoring;

/// <summary>What <see cref="LevitInference"/> computes. Disposing it disposes its tensors.</summary>
/// <param name="Logits">[N, labels], float32; of a model with two heads their average.</param>
/// <param name="PooledOutput">The features that the heads see, [N, hidden_sizes[2]], float32.</param>
public sealed record LevitScores(Tensor Logits, Tensor PooledOutput) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Logits.Dispose();
        PooledOutput.Dispose();
    }
}
