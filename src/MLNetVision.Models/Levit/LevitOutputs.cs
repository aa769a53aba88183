using static TorchSharp.torch;

namespace MLNetVision.Models.Levit;

/// <summary>What <see cref="LevitModel"/> computes. Disposing it disposes its tensors.</summary>
/// <param name="LastHiddenState">The last stage's tokens, [N, tokens, hidden_sizes[2]].</param>
/// <param name="PooledOutput">The mean over the tokens, [N, hidden_sizes[2]].</param>
/// <param name="HiddenStates">The tokens before each of the three stages and, last, <paramref name="LastHiddenState"/> itself; a stage's resolution changes at its end.</param>
public sealed record LevitModelOutput(Tensor LastHiddenState, Tensor PooledOutput, IReadOnlyList<Tensor> HiddenStates) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        PooledOutput.Dispose();
        foreach (Tensor state in HiddenStates)
        {
            state.Dispose();
        }
    }

    internal LevitModelOutput MoveToOuterDisposeScope()
    {
        PooledOutput.MoveToOuterDisposeScope();
        foreach (Tensor state in HiddenStates)
        {
            state.MoveToOuterDisposeScope();
        }

        return this;
    }
}

/// <summary>What <see cref="LevitForImageClassification"/> computes. Disposing it disposes its tensors.</summary>
/// <param name="Logits">[N, labels].</param>
/// <param name="Features">What the backbone computed; its pooled output is what the head saw.</param>
public sealed record LevitClassificationOutput(Tensor Logits, LevitModelOutput Features) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Logits.Dispose();
        Features.Dispose();
    }
}

/// <summary>What <see cref="LevitForImageClassificationWithTeacher"/> computes. Disposing it disposes its tensors.</summary>
/// <param name="Logits">The average of both heads, [N, labels].</param>
/// <param name="ClassLogits">The class head's (cls_logits), [N, labels].</param>
/// <param name="DistillationLogits">The distillation head's, [N, labels].</param>
/// <param name="Features">What the backbone computed.</param>
public sealed record LevitDistillationOutput(Tensor Logits, Tensor ClassLogits, Tensor DistillationLogits, LevitModelOutput Features) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Logits.Dispose();
        ClassLogits.Dispose();
        DistillationLogits.Dispose();
        Features.Dispose();
    }
}
