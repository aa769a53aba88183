using MLNetVision.Models.Common.Processing;

namespace MLNetVision.Models.Pipelines;

/// <summary>A batch of pictures as LeViT takes them: the readable ones as one input, and their places in the batch.</summary>
/// <param name="Count">The pictures of the batch, the unreadable ones included.</param>
/// <param name="Input">The input; null if no picture could be read.</param>
/// <param name="Places">For each image of the input its place in the batch.</param>
internal sealed record LevitInputs(int Count, PixelValues? Input, int[] Places);

/// <summary>What LeViT makes of one picture.</summary>
/// <param name="Probabilities">One per class; empty if they were not asked for.</param>
/// <param name="Features">The pooled features; empty if they were not asked for.</param>
internal sealed record LevitResult(float[] Probabilities, float[] Features);
