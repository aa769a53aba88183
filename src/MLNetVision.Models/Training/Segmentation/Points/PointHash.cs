using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Points;

/// <summary>The hash of <see cref="SeededPointSource"/> by torch's operators: the same points, drawn where they are needed.</summary>
internal static class PointHash
{
    private const double Scale = 1.0 / (1 << 24);

    /// <summary>Draws points.</summary>
    /// <param name="state">The counter before the first point.</param>
    /// <param name="count">How many points.</param>
    /// <param name="device">Where; no number is copied to or from the host.</param>
    /// <returns>(count, 2) float32 in [0, 1).</returns>
    public static Tensor Draw(ulong state, long count, Device device)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        Tensor bits = TensorNumbers.Range(1, count, int64, device).Scale(unchecked((long)SplitMix64.Increment)).Plus(unchecked((long)state));
        bits.bitwise_xor_(Shifted(bits, 30));
        bits.Scale(unchecked((long)SplitMix64.FirstFactor));
        bits.bitwise_xor_(Shifted(bits, 27));
        bits.Scale(unchecked((long)SplitMix64.SecondFactor));
        bits.bitwise_xor_(Shifted(bits, 31));
        Tensor x = Shifted(bits, 40), y = Shifted(bits, 16).bitwise_and_(TensorNumbers.Filled([], 0xFFFFFF, int64, device));
        return stack([x.to(float32), y.to(float32)], 1).Scale(Scale).MoveToOuterDisposeScope();
    }

    // Torch's shift keeps the sign; the upper bits of a hash are to be 0.
    private static Tensor Shifted(Tensor bits, int places) => bits
        .bitwise_right_shift(TensorNumbers.Filled([], places, int64, bits.device))
        .bitwise_and_(TensorNumbers.Filled([], (1L << (64 - places)) - 1, int64, bits.device));
}
