using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels;

/// <summary>The numerators of a softmax, in place.</summary>
internal static unsafe class SoftmaxRow
{
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
