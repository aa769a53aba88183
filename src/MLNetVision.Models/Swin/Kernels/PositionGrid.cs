using System.Numerics.Tensors;
using MLNetVision.Models.Common.Kernels.Maps;

namespace MLNetVision.Models.Swin.Kernels;

/// <summary>
/// Learned embeddings of the places in a square grid, interpolated bicubically to other grids as torch's interpolate does
/// without align_corners (cubic convolution, Keys 1981, with a = -3/4). The last grid that was asked for is kept.
/// </summary>
/// <param name="values">(side · side, channels).</param>
/// <param name="side">The trained grid's side.</param>
/// <param name="channels">The channels.</param>
internal sealed class PositionGrid(ReadOnlyMemory<float> values, int side, int channels)
{
    private const int Taps = 4;

    private Resized? _last;

    /// <summary>The embeddings of a grid, (height · width, channels).</summary>
    public ReadOnlySpan<float> For(MapSize size)
    {
        if (size.Height == side && size.Width == side)
        {
            return values.Span;
        }

        Resized? last = _last;
        if (last?.Size != size)
        {
            _last = last = new Resized(size, Interpolate(size));
        }

        return last!.Values;
    }

    private float[] Interpolate(MapSize size)
    {
        (int[] rows, float[] rowWeights) = Axis(size.Height);
        (int[] columns, float[] columnWeights) = Axis(size.Width);
        var lines = new float[size.Height * side * channels]; // rows first: (height, side, channels)
        for (int y = 0; y < size.Height; y++)
        {
            Span<float> line = lines.AsSpan(y * side * channels, side * channels);
            for (int tap = 0; tap < Taps; tap++)
            {
                ReadOnlySpan<float> row = values.Span.Slice(rows[y * Taps + tap] * side * channels, side * channels);
                TensorPrimitives.MultiplyAdd(row, rowWeights[y * Taps + tap], line, line);
            }
        }

        var result = new float[size.Area * channels];
        for (int pixel = 0; pixel < size.Area; pixel++)
        {
            (int y, int x) = Math.DivRem(pixel, size.Width);
            Span<float> target = result.AsSpan(pixel * channels, channels);
            for (int tap = 0; tap < Taps; tap++)
            {
                ReadOnlySpan<float> place = lines.AsSpan((y * side + columns[x * Taps + tap]) * channels, channels);
                TensorPrimitives.MultiplyAdd(place, columnWeights[x * Taps + tap], target, target);
            }
        }

        return result;
    }

    /// <summary>For each new place the four old ones around it and their weights; beyond the edge stands its last place.</summary>
    private (int[] Places, float[] Weights) Axis(int length)
    {
        var places = new int[length * Taps];
        var weights = new float[length * Taps];
        float scale = (float)side / length;
        for (int i = 0; i < length; i++)
        {
            float position = scale * (i + 0.5f) - 0.5f, floor = MathF.Floor(position), t = position - floor;
            for (int tap = 0; tap < Taps; tap++)
            {
                places[i * Taps + tap] = Math.Clamp((int)floor - 1 + tap, 0, side - 1);
                weights[i * Taps + tap] = Weight(MathF.Abs(t + 1 - tap));
            }
        }

        return (places, weights);
    }

    private static float Weight(float distance)
    {
        const float A = -0.75f;
        return distance <= 1
            ? ((A + 2) * distance - (A + 3)) * distance * distance + 1
            : ((A * distance - 5 * A) * distance + 8 * A) * distance - 4 * A;
    }

    private sealed record Resized(MapSize Size, float[] Values);
}
