using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Targets;

/// <summary>
/// What a training step's forward pass hands to the criterion: masks as their two factors. The mask of a query is the
/// product of its embedding and the mask features; the criterion takes only those products that it needs.
/// </summary>
/// <param name="MaskFeatures">(batch, channels, height, width): the pixel embeddings, at the common stride, usually 4.</param>
/// <param name="Layers">The predictions of all layers, the one before the first decoder layer at index 0, the final one last.</param>
public sealed record SegmentationPredictions(Tensor MaskFeatures, IReadOnlyList<LayerPrediction> Layers);

/// <summary>One layer's prediction.</summary>
/// <param name="ClassLogits">(batch, queries, classes + 1), the last class being "no object".</param>
/// <param name="MaskEmbeddings">(batch, queries, channels).</param>
public sealed record LayerPrediction(Tensor ClassLogits, Tensor MaskEmbeddings);
