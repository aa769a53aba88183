using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former;

/// <summary>What <see cref="Mask2FormerModel"/> returns: Hugging Face's Mask2FormerModelOutput. What was not asked for is null.</summary>
/// <remarks>B is the batch, Q the queries, C hidden_dim, F feature_size, M mask_feature_size. The tensors belong to the caller's dispose scope.</remarks>
public sealed record Mask2FormerModelOutput
{
    /// <summary>The backbone's last map, (B, channels, height / 32, width / 32).</summary>
    public Tensor? EncoderLastHiddenState { get; init; }

    /// <summary>The backbone's maps, from the largest to the smallest.</summary>
    public IReadOnlyList<Tensor>? EncoderHiddenStates { get; init; }

    /// <summary>The mask features, (B, M, height / 4, width / 4).</summary>
    public Tensor? PixelDecoderLastHiddenState { get; init; }

    /// <summary>The pixel decoder's three maps (B, F, height, width), from the smallest to the largest.</summary>
    public IReadOnlyList<Tensor>? PixelDecoderHiddenStates { get; init; }

    /// <summary>The queries after the last layer, before the norm, (B, Q, C).</summary>
    public Tensor? TransformerDecoderLastHiddenState { get; init; }

    /// <summary>The queries before the first and after every layer, (Q, B, C) each, as Hugging Face has it.</summary>
    public IReadOnlyList<Tensor>? TransformerDecoderHiddenStates { get; init; }

    /// <summary>The same after the norm, (Q, B, C) each: what the layers predict from.</summary>
    public IReadOnlyList<Tensor>? TransformerDecoderIntermediateStates { get; init; }

    /// <summary>Every layer's mask logits, (B, Q, height / 4, width / 4), that of the bare queries first. Only the last one unless auxiliary logits were asked for.</summary>
    public IReadOnlyList<Tensor>? MasksQueriesLogits { get; init; }

    /// <summary>Every layer's self-attention weights, (B, heads, Q, Q).</summary>
    public IReadOnlyList<Tensor>? Attentions { get; init; }

    /// <summary>
    /// For every layer the places that its masked attention may not look at, bool (B, Q, pixels of its level), before
    /// rows that block everything are cleared. Hugging Face repeats it for each head.
    /// </summary>
    public IReadOnlyList<Tensor>? AttentionMasks { get; init; }

    /// <summary>Every layer's mask embeddings, (B, Q, M): their product with the mask features is the mask.</summary>
    public IReadOnlyList<Tensor>? MaskEmbeddings { get; init; }
}
