using System.Numerics;
using System.Runtime.CompilerServices;
using MLNetVision.Models.Common.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Points.Kernels;

/// <summary>
/// The mask features of one image, read at points without gradient. On the CPU they are kept pixel by pixel, so that a
/// point's four neighbours are four contiguous rows; elsewhere grid_sample reads them as they are.
/// </summary>
internal sealed class PointFeatures : IDisposable
{
    private readonly Tensor _features;
    private readonly bool _byPixel;
    private readonly int _height;
    private readonly int _width;
    private readonly int _channels;

    /// <param name="features">(channels, height, width).</param>
    public PointFeatures(Tensor features)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        (_channels, _height, _width) = ((int)features.shape[0], (int)features.shape[1], (int)features.shape[2]);
        _byPixel = !GpuForm.IsFor(features);
        Tensor plain = features.detach().to(float32);
        _features = (_byPixel ? plain.permute(1, 2, 0).contiguous() : plain.unsqueeze(0)).DetachFromDisposeScope();
    }

    /// <summary>The features pixel by pixel, (pixels, channels), on the CPU only.</summary>
    public Tensor? Pixels => _byPixel ? _features.view(-1, _channels) : null;

    /// <summary>Bilinear interpolation, as <see cref="PointSampling.Sample"/> does it.</summary>
    /// <param name="points">(1, points, 2).</param>
    /// <returns>(points, channels) float32.</returns>
    public Tensor Sample(Tensor points)
    {
        using var guard = no_grad();
        if (!_byPixel)
        {
            using Tensor sampled = PointSampling.Sample(_features, points);
            return sampled.squeeze(0).t();
        }

        using Tensor own = points.contiguous();
        Tensor output = empty([points.shape[1], _channels], float32);
        Read(own, output);
        return output;
    }

    /// <summary>The pixels that interpolation at a point reads.</summary>
    /// <param name="x">In units of the map's width.</param>
    /// <param name="y">In units of the map's height.</param>
    public PointNeighbours Neighbours(float x, float y)
    {
        (int column, float fx) = Neighbour(x, _width);
        (int line, float fy) = Neighbour(y, _height);
        (int left, float leftShare) = Inside(column, 1 - fx, _width);
        (int right, float rightShare) = Inside(column + 1, fx, _width);
        (int upper, float upperShare) = Inside(line, 1 - fy, _height);
        (int lower, float lowerShare) = Inside(line + 1, fy, _height);
        return new PointNeighbours(
            upper * _width + left, upper * _width + right, lower * _width + left, lower * _width + right,
            upperShare * leftShare, upperShare * rightShare, lowerShare * leftShare, lowerShare * rightShare);
    }

    public void Dispose() => _features.Dispose();

    private static (int Pixel, float Share) Inside(int pixel, float share, int size) =>
        (uint)pixel < (uint)size ? (pixel, share) : (Math.Clamp(pixel, 0, size - 1), 0);

    private unsafe void Read(Tensor points, Tensor output)
    {
        float* coordinates = TensorMemory.Address<float>(points);
        float* table = TensorMemory.Address<float>(_features);
        float* target = TensorMemory.Address<float>(output);
        int count = (int)points.shape[1];
        int threads = get_num_threads();
        if (threads == 1)
        {
            ReadRange(coordinates, table, target, 0, count);
            return;
        }

        Parallel.For(0, threads, i => ReadRange(coordinates, table, target, (int)((long)count * i / threads), (int)((long)count * (i + 1) / threads)));
    }

    private unsafe void ReadRange(float* coordinates, float* table, float* target, int begin, int end)
    {
        for (int point = begin; point < end; point++)
        {
            PointNeighbours at = Neighbours(coordinates[2 * point], coordinates[2 * point + 1]);
            float* row = target + (long)point * _channels;
            new Span<float>(row, _channels).Clear();
            Add(row, table, at.Pixel0, at.Share0);
            Add(row, table, at.Pixel1, at.Share1);
            Add(row, table, at.Pixel2, at.Share2);
            Add(row, table, at.Pixel3, at.Share3);
        }
    }

    // The pixel before a coordinate and the share of the one after it.
    private static (int Pixel, float Fraction) Neighbour(float coordinate, int size)
    {
        float position = coordinate * size - 0.5f;
        float pixel = MathF.Floor(position);
        return ((int)Math.Clamp(pixel, -2, size), position - pixel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private unsafe void Add(float* row, float* table, int place, float weight)
    {
        if (weight == 0)
        {
            return; // outside of the map
        }

        float* pixel = table + (long)place * _channels;
        Vector<float> weights = new(weight);
        int i = 0;
        for (; i <= _channels - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Store(Vector.FusedMultiplyAdd(weights, Vector.Load(pixel + i), Vector.Load(row + i)), row + i);
        }

        for (; i < _channels; i++)
        {
            row[i] += weight * pixel[i];
        }
    }
}
