using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Threads;

namespace MLNetVision.Models.Common.Kernels.Norm;

/// <summary>A group norm over a map whose channels lie together.</summary>
internal sealed unsafe class GroupNormKernel : IDisposable
{
    private const int RowsPerSum = 64; // rows added in float32 before the sums go on in float64
    private const int SumsPerPiece = 16; // sums of a piece of work, the same for any number of threads, so that results are too

    private readonly NativeBuffer _weight;
    private readonly NativeBuffer _bias;
    private readonly int _groups;
    private readonly int _channels;
    private readonly double _epsilon;

    /// <param name="weight">(channels).</param>
    /// <param name="bias">(channels).</param>
    /// <param name="groups">Into how many groups the channels fall.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    public GroupNormKernel(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, int groups, double epsilon)
    {
        _channels = weight.Length;
        _groups = groups;
        _epsilon = epsilon;
        _weight = FloatCopy.Of(weight);
        _bias = FloatCopy.Of(bias);
    }

    /// <summary>Normalises a map in place.</summary>
    /// <param name="map">The pixels.</param>
    /// <param name="size">The map's size.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="added">A map that is added to the result, interpolated to its size.</param>
    public void Apply(float* map, MapSize size, bool relu = false, BilinearMap? added = null)
    {
        using var factors = new NativeBuffer(2L * _channels + 16);
        Factors(map, size.Area, factors.Pointer);
        nint start = (nint)map, scale = (nint)factors.Pointer;
        Workers.ForRanges(size.Area, (first, last) =>
        {
            float* scales = (float*)scale, shifts = scales + _channels;
            for (int row = first; row < last; row++)
            {
                float* pixel = (float*)start + (long)row * _channels;
                Scale(pixel, scales, shifts, relu);
                added?.Add(row / size.Width, row % size.Width, pixel);
            }
        });
    }

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }

    private void Scale(float* pixel, float* scales, float* shifts, bool relu)
    {
        int i = 0;
        for (; i <= _channels - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.FusedMultiplyAdd(Vector256.Load(pixel + i), Vector256.Load(scales + i), Vector256.Load(shifts + i));
            Vector256.Store(relu ? Vector256.Max(value, Vector256<float>.Zero) : value, pixel + i);
        }

        for (; i < _channels; i++)
        {
            float value = pixel[i] * scales[i] + shifts[i];
            pixel[i] = relu ? Math.Max(0, value) : value;
        }
    }

    /// <summary>What each channel is multiplied with, then what is added to it.</summary>
    private void Factors(float* map, int rows, float* factors)
    {
        double[] sums = Sums(map, rows);
        int perGroup = _channels / _groups;
        for (int group = 0; group < _groups; group++)
        {
            double sum = 0, squares = 0;
            for (int i = group * perGroup; i < (group + 1) * perGroup; i++)
            {
                sum += sums[i];
                squares += sums[_channels + i];
            }

            double count = (double)rows * perGroup, mean = sum / count;
            double scale = 1 / Math.Sqrt(Math.Max(0, squares / count - mean * mean) + _epsilon);
            for (int i = group * perGroup; i < (group + 1) * perGroup; i++)
            {
                factors[i] = (float)(scale * _weight.Pointer[i]);
                factors[_channels + i] = (float)(_bias.Pointer[i] - mean * scale * _weight.Pointer[i]);
            }
        }
    }

    /// <summary>Each channel's sum, then each channel's sum of squares.</summary>
    private double[] Sums(float* map, int rows)
    {
        int blocks = (rows + RowsPerSum - 1) / RowsPerSum, pieces = (blocks + SumsPerPiece - 1) / SumsPerPiece;
        var parts = new double[pieces][];
        nint start = (nint)map;
        Workers.For(pieces, piece => parts[piece] = Sums((float*)start, rows, piece * SumsPerPiece, Math.Min(blocks, (piece + 1) * SumsPerPiece)));
        double[] total = parts[0];
        foreach (double[] part in parts.Skip(1))
        {
            System.Numerics.Tensors.TensorPrimitives.Add<double>(total, part, total);
        }

        return total;
    }

    private double[] Sums(float* map, int rows, int firstBlock, int lastBlock)
    {
        var sums = new double[2 * _channels];
        float* part = stackalloc float[32];
        for (int block = firstBlock; block < lastBlock; block++)
        {
            int from = block * RowsPerSum, to = Math.Min(rows, from + RowsPerSum);
            for (int channel = 0; channel < _channels; channel += 16)
            {
                Sum(map + (long)from * _channels + channel, to - from, part);
                for (int i = 0; i < Math.Min(16, _channels - channel); i++)
                {
                    sums[channel + i] += part[i];
                    sums[_channels + channel + i] += part[16 + i];
                }
            }
        }

        return sums;
    }

    private void Sum(float* column, int rows, float* part)
    {
        Vector256<float> left = default, right = default, leftSquares = default, rightSquares = default;
        for (int row = 0; row < rows; row++, column += _channels)
        {
            Vector256<float> a = Vector256.Load(column), b = Vector256.Load(column + 8);
            left += a;
            right += b;
            leftSquares = Vector256.FusedMultiplyAdd(a, a, leftSquares);
            rightSquares = Vector256.FusedMultiplyAdd(b, b, rightSquares);
        }

        left.Store(part);
        right.Store(part + 8);
        leftSquares.Store(part + 16);
        rightSquares.Store(part + 24);
    }
}
