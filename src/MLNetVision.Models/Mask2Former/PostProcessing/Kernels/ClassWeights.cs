using System.Numerics.Tensors;

namespace MLNetVision.Models.Mask2Former.PostProcessing.Kernels;

/// <summary>How much each query's mask counts for each class.</summary>
internal sealed unsafe class ClassWeights
{
    private readonly float[] _weights; // (classes, queries)

    /// <param name="probabilities">(queries, classes + 1); the last class, "no object", is left out.</param>
    /// <param name="classes">The number of classes without "no object".</param>
    public ClassWeights(ReadOnlySpan<float> probabilities, int classes)
    {
        (Classes, Queries) = (classes, probabilities.Length / (classes + 1));
        _weights = new float[Classes * Queries];
        for (int query = 0; query < Queries; query++)
        {
            for (int label = 0; label < classes; label++)
            {
                _weights[label * Queries + query] = probabilities[query * (classes + 1) + label];
            }
        }
    }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The number of queries.</summary>
    public int Queries { get; }

    /// <summary>What a class' score cannot exceed where no mask exceeds its largest value.</summary>
    /// <param name="label">The class.</param>
    /// <param name="largest">Each query's largest mask value.</param>
    /// <remarks>A little more than the sum, as no sum of products, in whatever order it is rounded, comes out larger.</remarks>
    public float UpperBound(int label, ReadOnlySpan<float> largest) =>
        TensorPrimitives.Dot(Of(label), largest) * (1 + (Queries + 16) * 2.4e-7f);

    /// <summary>Writes the weights of some classes, (labels, queries).</summary>
    public void Copy(ReadOnlySpan<int> labels, float* rows)
    {
        foreach (int label in labels)
        {
            Of(label).CopyTo(new Span<float>(rows, Queries));
            rows += Queries;
        }
    }

    private ReadOnlySpan<float> Of(int label) => _weights.AsSpan(label * Queries, Queries);
}
