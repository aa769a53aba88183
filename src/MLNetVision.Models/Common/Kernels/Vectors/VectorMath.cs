using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels.Vectors;

/// <summary>Functions of eight floats at once.</summary>
/// <remarks>
/// Vectors of 16 would help little where there are such registers, and where there are none the runtime's substitute
/// is about thirty times slower than these.
/// </remarks>
internal static class VectorMath
{
    private const float InverseSqrtTwo = 0.70710678118654752f, InverseSqrtTwoPi = 0.39894228040143268f;
    private const float InverseLn2 = 1.44269504f, MinusLn2High = -0.693359375f, MinusLn2Low = 2.12194440e-4f;

    // The series of (e^r - 1 - r) / r², adjusted to the range of r.
    private const float Exp2 = 5.0000001201e-1f, Exp3 = 1.6666665459e-1f, Exp4 = 4.1665795894e-2f;
    private const float Exp5 = 8.3334519073e-3f, Exp6 = 1.3981999507e-3f, Exp7 = 1.9875691500e-4f;

    /// <summary>e to the power of x, with a relative error below 2e-7; 0 below about -87.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        // x = n ln 2 + r with |r| <= ln 2 / 2, the constant in two parts; e^r by its series; 2^n through the exponent bits.
        x = Vector256.Min(x, Vector256.Create(88.0f));
        Vector256<float> underflow = Vector256.LessThan(x, Vector256.Create(-87.3f));
        x = Vector256.Max(x, Vector256.Create(-87.3f));
        Vector256<float> n = Vector256.Round(x * Vector256.Create(InverseLn2));
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(MinusLn2High), x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(MinusLn2Low), r);
        Vector256<float> p = ExpOfRemainder(r);
        Vector256<int> exponent = (Vector256.ConvertToInt32(n) + Vector256.Create(127)) << 23;
        return Vector256.AndNot(p * exponent.AsSingle(), underflow);
    }

    /// <summary>
    /// The logistic function, 1 / (1 + e^-x), with a relative error below 3e-7 from -86 to 86, and beyond as there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sigmoid(Vector256<float> x)
    {
        // As in Exp, but without its cases: within the bounds 2^n e^r is a normal number, and adding a large number rounds
        // n and leaves it in the low bits, from where it goes to the exponent.
        Vector256<float> rounder = Vector256.Create(12582912f); // 1.5 · 2^23
        x = Vector256.MinNative(Vector256.Create(86f), x);
        x = Vector256.MaxNative(Vector256.Create(-86f), x);
        Vector256<float> shifted = Vector256.FusedMultiplyAdd(x, Vector256.Create(-InverseLn2), rounder);
        Vector256<float> n = shifted - rounder;
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(MinusLn2High), -x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(MinusLn2Low), r);
        Vector256<float> p = ExpOfRemainder(r);
        Vector256<float> exponential = (p.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
        return Vector256<float>.One / (Vector256<float>.One + exponential);
    }

    /// <summary>The Gauss error linear unit in its exact form, x Φ(x), with an absolute error below 5e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Gelu(Vector256<float> x) => x * NormalProbability(x);

    /// <summary>The distribution function Φ of the standard normal distribution.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> NormalProbability(Vector256<float> x)
    {
        // erf by Abramowitz and Stegun 7.1.26's successor form: 1 - t (…) exp(-z²), error below 1.2e-7 (Numerical Recipes' erfc).
        Vector256<float> z = Vector256.Abs(x) * InverseSqrtTwo;
        Vector256<float> t = Vector256<float>.One / Vector256.FusedMultiplyAdd(z, Vector256.Create(0.5f), Vector256<float>.One);
        Vector256<float> p = Vector256.Create(0.17087277f);
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-0.82215223f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(1.48851587f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-1.13520398f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.27886807f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-0.18628806f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.09678418f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(0.37409196f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(1.00002368f));
        p = Vector256.FusedMultiplyAdd(p, t, Vector256.Create(-1.26551223f));
        Vector256<float> complement = t * Exp(p - z * z); // erfc(|x| / √2)
        Vector256<float> upper = Vector256.FusedMultiplyAdd(complement, Vector256.Create(-0.5f), Vector256<float>.One);
        return Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), complement * 0.5f, upper);
    }

    /// <summary>The density of the standard normal distribution.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> NormalDensity(Vector256<float> x) => Exp(x * x * -0.5f) * InverseSqrtTwoPi;

    /// <summary>e to the power of r for |r| at most ln 2 / 2, by its series.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ExpOfRemainder(Vector256<float> r)
    {
        Vector256<float> p = Vector256.Create(Exp7);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(Exp6));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(Exp5));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(Exp4));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(Exp3));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(Exp2));
        return Vector256.FusedMultiplyAdd(p, r * r, r + Vector256<float>.One);
    }
}
