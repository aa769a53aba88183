using MLNetVision.Models.Common.Kernels.BFloat16;
using MLNetVision.Models.Common.Kernels.Gemm;

namespace MLNetVision.Models.Common.Kernels.Products;

/// <summary>In which numbers a model for scoring multiplies.</summary>
public enum ScoringPrecision
{
    /// <summary>32-bit floating point: the results of the model itself, within rounding. The default.</summary>
    Single,

    /// <summary>
    /// Weights and the inputs of linear layers and convolutions rounded to 16 bits (bfloat16: 8 bits of exponent, 8 of
    /// precision), summed in 32 bits; softmax, normalisation, residual connections and what decides on classes and masks
    /// stay in 32 bits. About twice the rate of multiplication on CPUs with AVX512-BF16 (<see cref="ScoringPrecisions.IsFast"/>).
    /// </summary>
    BFloat16,
}

/// <summary>What the running processor makes of a precision.</summary>
public static class ScoringPrecisions
{
    /// <summary>
    /// Whether the processor multiplies in this precision at its full rate. Where it does not, results are the same, but
    /// <see cref="ScoringPrecision.BFloat16"/> is slower than <see cref="ScoringPrecision.Single"/>.
    /// </summary>
    /// <remarks>
    /// The processor is asked, nothing is tried. A system that forbids code made at run time shows it when bfloat16 is first used:
    /// from then on the answer is false.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    public static bool IsFast(ScoringPrecision precision)
    {
        Check(precision);
        return precision == ScoringPrecision.BFloat16 ? BFloat16Kernels.IsFast : GemmKernels.IsFast;
    }

    /// <summary>Throws unless a precision is one of the enumeration.</summary>
    internal static void Check(ScoringPrecision precision)
    {
        if (!Enum.IsDefined(precision))
        {
            throw new ArgumentOutOfRangeException(nameof(precision), precision, $"Expected {string.Join(" or ", Enum.GetNames<ScoringPrecision>())}.");
        }
    }
}
