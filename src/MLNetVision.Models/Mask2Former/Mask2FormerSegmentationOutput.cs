using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former;

/// <summary>
/// What <see cref="Mask2FormerForUniversalSegmentation"/> returns: Hugging Face's
/// Mask2FormerForUniversalSegmentationOutput without the loss, which is the criterion's. What was not asked for is null.
/// </summary>
/// <remarks>B is the batch, Q the queries. The tensors belong to the caller's dispose scope.</remarks>
public sealed record Mask2FormerSegmentationOutput
{
    /// <summary>The class logits, (B, Q, classes + 1); the last class is "no object".</summary>
    public required Tensor ClassQueriesLogits { get; init; }

    /// <summary>The mask logits, (B, Q, height / 4, width / 4).</summary>
    public Tensor? MasksQueriesLogits { get; init; }

    /// <summary>The predictions of the layers before the last, that of the bare queries first.</summary>
    public IReadOnlyList<Mask2FormerAuxiliaryLogits>? AuxiliaryLogits { get; init; }

    /// <summary>Every layer's class logits and mask embeddings, the last layer's last.</summary>
    public IReadOnlyList<Mask2FormerLayerPrediction>? LayerPredictions { get; init; }

    /// <summary>The mask features, (B, mask_feature_size, height / 4, width / 4), where mask embeddings were asked for.</summary>
    public Tensor? MaskFeatures { get; init; }

    /// <summary>The inner states and maps.</summary>
    public required Mask2FormerModelOutput Model { get; init; }
}

/// <summary>A layer's prediction.</summary>
/// <param name="ClassQueriesLogits">The class logits, (B, Q, classes + 1).</param>
/// <param name="MasksQueriesLogits">The mask logits, (B, Q, height / 4, width / 4).</param>
public sealed record Mask2FormerAuxiliaryLogits(Tensor ClassQueriesLogits, Tensor MasksQueriesLogits);

/// <summary>A layer's prediction before the masks are made.</summary>
/// <param name="ClassQueriesLogits">The class logits, (B, Q, classes + 1).</param>
/// <param name="MaskEmbeddings">The mask embeddings, (B, Q, mask_feature_size): mask logits are their product with the mask features, at any set of points.</param>
public sealed record Mask2FormerLayerPrediction(Tensor ClassQueriesLogits, Tensor MaskEmbeddings);
