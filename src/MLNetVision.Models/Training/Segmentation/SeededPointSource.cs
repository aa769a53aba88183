using System.Runtime.InteropServices;
using TorchSharp;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>
/// Uniform points from a counter: point n of a seed is a hash (SplitMix64) of seed and n. The whole state is
/// <see cref="Position"/>, so training resumes exactly, and the points do not depend on the device.
/// </summary>
/// <param name="seed">Any number; sources of different seeds are unrelated.</param>
public sealed class SeededPointSource(ulong seed) : IPointSource
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private const float Scale = 1f / (1 << 24);
    private readonly ulong _key = Mix(seed);

    /// <summary>How many points have been drawn. Set it to continue from a saved state.</summary>
    public ulong Position { get; set; }

    /// <inheritdoc/>
    public torch.Tensor Draw(PointDraw draw, long sets, long points, torch.Device device)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sets);
        ArgumentOutOfRangeException.ThrowIfNegative(points);
        torch.Tensor drawn = torch.empty(sets, points, 2, dtype: torch.float32);
        Span<float> values = MemoryMarshal.Cast<byte, float>(drawn.bytes);
        ulong state = _key + Position * Step;
        for (int i = 0; i + 1 < values.Length; i += 2)
        {
            state += Step;
            ulong bits = Mix(state);
            values[i] = (bits >> 40) * Scale;
            values[i + 1] = ((bits >> 16) & 0xFFFFFF) * Scale;
        }

        Position += (ulong)(sets * points);
        if (device.type == DeviceType.CPU)
        {
            return drawn;
        }

        using (drawn)
        {
            return drawn.to(device);
        }
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
