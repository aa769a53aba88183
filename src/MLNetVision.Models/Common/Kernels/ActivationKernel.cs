using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels;

/// <summary>Activations of hidden states and their gradients, in place.</summary>
internal static unsafe class ActivationKernel
{
    private const float InverseSqrtTwo = 0.70710678118654752f, InverseSqrtTwoPi = 0.39894228040143268f;

    /// <summary>Whether there is a kernel for an activation of config.json.</summary>
    public static bool IsKnown(string name) => name is "relu" or "gelu";

    /// <summary>Replaces numbers by their activation.</summary>
    /// <param name="gelu">The exact GELU; otherwise ReLU.</param>
    /// <param name="x">The numbers.</param>
    /// <param name="count">A multiple of 8.</param>
    public static void Apply(bool gelu, float* x, long count)
    {
        for (long i = 0; i < count; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.Load(x + i);
            Vector256.Store(gelu ? value * Normal(value).Probability : Vector256.Max(value, Vector256<float>.Zero), x + i);
        }
    }

    /// <summary>Replaces numbers by their activation, and the gradient of the activation by that of the numbers.</summary>
    /// <param name="gelu">The exact GELU; otherwise ReLU.</param>
    /// <param name="x">The numbers.</param>
    /// <param name="gradient">The gradient.</param>
    /// <param name="count">A multiple of 8.</param>
    public static void Apply(bool gelu, float* x, float* gradient, long count)
    {
        for (long i = 0; i < count; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.Load(x + i), outer = Vector256.Load(gradient + i);
            if (gelu)
            {
                (Vector256<float> probability, Vector256<float> density) = Normal(value);
                Vector256.Store(value * probability, x + i);
                Vector256.Store(outer * Vector256.FusedMultiplyAdd(value, density, probability), gradient + i);
            }
            else
            {
                // A NaN stays one, as torch has it, and lets its gradient pass.
                Vector256.Store(Vector256.Max(value, Vector256<float>.Zero), x + i);
                Vector256.Store(Vector256.AndNot(outer, Vector256.LessThanOrEqual(value, Vector256<float>.Zero)), gradient + i);
            }
        }
    }

    /// <summary>Distribution function and density of the standard normal distribution, with absolute errors below 2e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Probability, Vector256<float> Density) Normal(Vector256<float> x)
    {
        // Abramowitz and Stegun 7.1.26 for erfc: a polynomial times exp(-z²), which is the density too.
        Vector256<float> z = Vector256.Abs(x) * InverseSqrtTwo;
        Vector256<float> t = Vector256<float>.One / Vector256.FusedMultiplyAdd(z, Vector256.Create(0.3275911f), Vector256<float>.One);
        Vector256<float> p = Vector256.Create(1.061405429f);
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-1.453152027f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(1.421413741f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-0.284496736f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.254829592f));
        Vector256<float> exponential = VectorMath.Exp(-(z * z));
        Vector256<float> lower = p * t * exponential * 0.5f; // of -|x|
        Vector256<float> probability = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), lower, Vector256<float>.One - lower);
        return (probability, exponential * InverseSqrtTwoPi);
    }
}
