using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// Normal weights cut at two standard deviations. TorchSharp 0.107's trunc_normal_ gives every element the same value for
/// small deviations and does not use the generator.
/// </summary>
internal static class TruncatedNormal
{
    private const double InsideTwoDeviations = 0.95449973610364158; // erf(√2)

    /// <summary>Fills a tensor by inverting the distribution function.</summary>
    public static void Fill(Tensor weight, double deviation, Generator? generator)
    {
        using var guard = no_grad();
        weight.uniform_(-InsideTwoDeviations, InsideTwoDeviations, generator).erfinv_().Scale(Math.Sqrt(2) * deviation);
    }
}
