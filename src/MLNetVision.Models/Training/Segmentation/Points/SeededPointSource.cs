using System.Runtime.InteropServices;
using MLNetVision.Imaging.Randomness;
using TorchSharp;

namespace MLNetVision.Models.Training.Segmentation.Points;

/// <summary>
/// Uniform points from a counter: point n of a seed is a hash (SplitMix64) of seed and n. The whole state is
/// <see cref="Position"/>, so training resumes exactly, and the points do not depend on the device.
/// </summary>
/// <param name="seed">Any number; sources of different seeds are unrelated.</param>
public sealed class SeededPointSource(ulong seed) : IPointSource
{
    private const float Scale = 1f / (1 << 24);
    private readonly ulong _key = SplitMix64.Mix(seed);

    /// <summary>How many points have been drawn. Set it to continue from a saved state.</summary>
    public ulong Position { get; set; }

    /// <inheritdoc/>
    public torch.Tensor Draw(PointDraw draw, long sets, long points, torch.Device device)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sets);
        ArgumentOutOfRangeException.ThrowIfNegative(points);
        ulong state = _key + Position * SplitMix64.Increment;
        Position += (ulong)(sets * points);
        if (device.type != DeviceType.CPU)
        {
            using torch.Tensor hashed = PointHash.Draw(state, sets * points, device);
            return hashed.view(sets, points, 2);
        }

        torch.Tensor drawn = torch.empty(sets, points, 2, dtype: torch.float32);
        Span<float> values = MemoryMarshal.Cast<byte, float>(drawn.bytes);
        for (int i = 0; i + 1 < values.Length; i += 2)
        {
            state += SplitMix64.Increment;
            ulong bits = SplitMix64.Mix(state);
            values[i] = (bits >> 40) * Scale;
            values[i + 1] = ((bits >> 16) & 0xFFFFFF) * Scale;
        }

        return drawn;
    }
}
