using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels.Vectors;

/// <summary>Activations of hidden states and their gradients, in place.</summary>
internal static unsafe class ActivationKernel
{
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
            Vector256.Store(gelu ? VectorMath.Gelu(value) : Vector256.Max(value, Vector256<float>.Zero), x + i);
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
                Vector256<float> probability = VectorMath.NormalProbability(value), density = VectorMath.NormalDensity(value);
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
}
