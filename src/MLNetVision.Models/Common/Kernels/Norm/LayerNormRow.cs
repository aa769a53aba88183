using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels.Norm;

/// <summary>A layer norm of one row, and its gradients.</summary>
/// <param name="length">The elements of a row.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="weight">A factor per element.</param>
/// <param name="bias">What is added to each element.</param>
internal readonly unsafe struct LayerNormRow(int length, float epsilon, float* weight, float* bias)
{
    private readonly float* _weight = weight;
    private readonly float* _bias = bias;

    /// <summary>Normalises a row; the result may be the row itself.</summary>
    public void Forward(float* row, float* target)
    {
        (float mean, float scale) = Moments(row);
        Vector256<float> means = Vector256.Create(mean), scales = Vector256.Create(scale);
        int i = 0;
        for (; i <= length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> normed = (Vector256.Load(row + i) - means) * scales;
            Vector256.Store(Vector256.FusedMultiplyAdd(normed, Vector256.Load(_weight + i), Vector256.Load(_bias + i)), target + i);
        }

        for (; i < length; i++)
        {
            target[i] = (row[i] - mean) * scale * _weight[i] + _bias[i];
        }
    }

    /// <summary>The gradient of a row, and the row's share in those of weight and bias; for vectors of 512 bits and rows of a multiple of 16.</summary>
    /// <param name="row">The row before the norm.</param>
    /// <param name="outputGradient">The gradient of the norm's output.</param>
    /// <param name="rowGradient">Written; may be the output's gradient.</param>
    /// <param name="weightGradient">Added to.</param>
    /// <param name="biasGradient">Added to.</param>
    public void Backward(float* row, float* outputGradient, float* rowGradient, float* weightGradient, float* biasGradient)
    {
        (float mean, float scale) = Moments(row);
        Vector512<float> means = Vector512.Create(mean), scales = Vector512.Create(scale), sums = default, products = default;
        for (int i = 0; i < length; i += Vector512<float>.Count)
        {
            Vector512<float> outer = Vector512.Load(outputGradient + i), normed = (Vector512.Load(row + i) - means) * scales;
            (Vector512.Load(biasGradient + i) + outer).Store(biasGradient + i);
            Vector512.FusedMultiplyAdd(outer, normed, Vector512.Load(weightGradient + i)).Store(weightGradient + i);
            Vector512<float> inner = outer * Vector512.Load(_weight + i);
            sums += inner;
            products = Vector512.FusedMultiplyAdd(inner, normed, products);
        }

        Vector512<float> shift = Vector512.Create(Vector512.Sum(sums) / length), tilt = Vector512.Create(Vector512.Sum(products) / length);
        for (int i = 0; i < length; i += Vector512<float>.Count)
        {
            Vector512<float> normed = (Vector512.Load(row + i) - means) * scales;
            Vector512<float> inner = Vector512.Load(outputGradient + i) * Vector512.Load(_weight + i);
            ((inner - shift - normed * tilt) * scales).Store(rowGradient + i);
        }
    }

    private (float Mean, float Scale) Moments(float* row)
    {
        Vector256<float> sums = Vector256<float>.Zero;
        int i = 0;
        for (; i <= length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            sums += Vector256.Load(row + i);
        }

        float sum = Vector256.Sum(sums);
        for (; i < length; i++)
        {
            sum += row[i];
        }

        float mean = sum / length;
        Vector256<float> means = Vector256.Create(mean), squares = Vector256<float>.Zero;
        for (i = 0; i <= length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> difference = Vector256.Load(row + i) - means;
            squares = Vector256.FusedMultiplyAdd(difference, difference, squares);
        }

        float square = Vector256.Sum(squares);
        for (; i < length; i++)
        {
            square += (row[i] - mean) * (row[i] - mean);
        }

        return (mean, 1 / MathF.Sqrt(square / length + epsilon));
    }
}
