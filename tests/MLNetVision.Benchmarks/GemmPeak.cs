using MLNetVision.Models.Common.Kernels.Products;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks;

/// <summary>libtorch's rate for a large square product on this machine at this minute: the yardstick of all ratios.</summary>
internal static class GemmPeak
{
    public const int Size = 2048;

    /// <summary>The floating-point operations of one call of <see cref="Product"/>.</summary>
    public const double Operations = 2.0 * Size * Size * Size;

    /// <summary>An action that multiplies two square matrices.</summary>
    public static Action Product(ScoringPrecision precision)
    {
        ScalarType dtype = precision == ScoringPrecision.BFloat16 ? bfloat16 : float32;
        Tensor a = rand(Size, Size).to(dtype);
        Tensor b = rand(Size, Size).to(dtype);
        return () =>
        {
            using DisposeScope scope = NewDisposeScope();
            using var mode = inference_mode();
            mm(a, b);
        };
    }
}
