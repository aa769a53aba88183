namespace MLNetVision.Models.Common.Checkpoints.Naming;

/// <summary>How a tensor of another implementation becomes the model's: a run of its elements in another shape.</summary>
/// <param name="Shape">The new shape of a stored one.</param>
/// <param name="FirstElement">Where the new tensor begins in one of a stored shape.</param>
internal sealed record TensorChange(Func<IReadOnlyList<long>, IReadOnlyList<long>> Shape, Func<IReadOnlyList<long>, long> FirstElement)
{
    /// <summary>The queries of a joint projection to queries, keys and values.</summary>
    public static TensorChange Queries { get; } = Third(0);

    /// <summary>The keys of a joint projection.</summary>
    public static TensorChange Keys { get; } = Third(1);

    /// <summary>The values of a joint projection.</summary>
    public static TensorChange Values { get; } = Third(2);

    /// <summary>The matrix of a 1×1 convolution; anything else stays.</summary>
    public static TensorChange PointwiseToLinear { get; } = new(
        shape => shape is [_, _, 1, 1] ? [shape[0], shape[1]] : shape,
        _ => 0);

    private static TensorChange Third(int index) => new(
        shape => shape.Count == 0 ? shape : [shape[0] / 3, .. shape.Skip(1)],
        shape => shape.Count == 0 ? 0 : index * (shape[0] / 3) * shape.Skip(1).Aggregate(1L, (product, size) => product * size));
}
