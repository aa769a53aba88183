using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels.Vectors;

namespace MLNetVision.Models.Common.Kernels.Attention;

/// <summary>The numerators of a softmax, in place.</summary>
internal static unsafe class SoftmaxRow
{
    /// <summary>Adds bias and mask to a row of scores, then does as <see cref="Exponentiate(float*, int)"/>; what fills the row up has no weight.</summary>
    /// <param name="row">The scores.</param>
    /// <param name="keys">The number of scores, at least one of them finite with bias and mask.</param>
    /// <param name="padded">The same filled up, a multiple of 8.</param>
    /// <param name="bias">As long as the filled row, or null.</param>
    /// <param name="mask">As long as the filled row, or null.</param>
    public static float Exponentiate(float* row, int keys, int padded, float* bias, float* mask)
    {
        var scores = new Span<float>(row, padded);
        if (bias != null)
        {
            TensorPrimitives.Add(scores, new ReadOnlySpan<float>(bias, padded), scores);
        }

        if (mask != null)
        {
            TensorPrimitives.Add(scores, new ReadOnlySpan<float>(mask, padded), scores);
        }

        scores[keys..].Fill(float.NegativeInfinity);
        return Exponentiate(row, padded);
    }

    /// <summary>Replaces a row by e to the power of its distance to the largest element; returns the sum.</summary>
    /// <param name="row">The scores; minus infinity becomes 0, and at least one must be finite.</param>
    /// <param name="length">A multiple of 8.</param>
    public static float Exponentiate(float* row, int length)
    {
        Vector256<float> largest = Vector256.Load(row);
        for (int i = Vector256<float>.Count; i < length; i += Vector256<float>.Count)
        {
            largest = Vector256.MaxNative(largest, Vector256.Load(row + i));
        }

        Vector128<float> half = Vector128.MaxNative(largest.GetLower(), largest.GetUpper());
        var maximum = Vector256.Create(Math.Max(Math.Max(half[0], half[1]), Math.Max(half[2], half[3])));
        Vector256<float> sum = Vector256<float>.Zero;
        for (int i = 0; i < length; i += Vector256<float>.Count)
        {
            Vector256<float> exponential = VectorMath.Exp(Vector256.Load(row + i) - maximum);
            exponential.Store(row + i);
            sum += exponential;
        }

        return Vector256.Sum(sum);
    }
}
