using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints;

/// <summary>What a checkpoint says of one tensor, before the tensor is read.</summary>
/// <param name="Name">The key, as stored.</param>
/// <param name="DType">The stored element type.</param>
/// <param name="Shape">The dimensions; empty for a scalar.</param>
public sealed record TensorEntry(string Name, torch.ScalarType DType, IReadOnlyList<long> Shape)
{
    /// <summary>The number of elements.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => product * size);
}
