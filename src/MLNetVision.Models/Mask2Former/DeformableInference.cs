using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels;
using MLNetVision.Models.Common.Layers;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former;

/// <summary>
/// Deformable attention for prediction. Places, weights and corners of a query's twelve samples are computed beside
/// each other in one register, then its values are gathered: values lie head by head, so that the corners beside each
/// other are neighbours in memory. There is no grid and no tensor of samples.
/// </summary>
internal sealed unsafe class DeformableInference : IDisposable
{
    private const int Samples = Mask2FormerConfig.FeatureLevels * Mask2FormerConfig.SamplingPoints;
    private const int QueriesPerPiece = 512;

    private readonly int _heads;
    private readonly int _channels;
    private readonly PackedMatrix _sampling;
    private readonly PackedMatrix _value;

    public DeformableInference(DeformableAttention attention, int heads)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _heads = heads;
        _channels = (int)attention.ValueProjection.weight!.shape[0] / heads;
        _value = new PackedMatrix(attention.ValueProjection.weight!, attention.ValueProjection.bias);

        // For each head: twelve offsets in x, twelve in y, twelve weights.
        Tensor weight = cat([Offsets(attention.SamplingOffsets.weight!), attention.AttentionWeights.weight!.view(heads, 1, Samples, -1)], 1);
        Tensor bias = cat([Offsets(attention.SamplingOffsets.bias!), attention.AttentionWeights.bias!.view(heads, 1, Samples, 1)], 1);
        _sampling = new PackedMatrix(weight.flatten(0, 2), bias.flatten());

        Tensor Offsets(Tensor x) => x.view(heads, Samples, 2, -1).transpose(1, 2);
    }

    /// <summary>The floats that the samples' places and weights take for each query.</summary>
    public int SamplingLength => _sampling.Outputs;

    /// <summary>Computes the attention, without the output projection.</summary>
    /// <param name="states">The pixels of all levels, which are also the queries.</param>
    /// <param name="positions">Their positions.</param>
    /// <param name="levels">The levels.</param>
    /// <param name="pool">Lends the memory.</param>
    /// <param name="output">(queries, heads * channels).</param>
    public void Run(Rows states, PositionTables positions, IReadOnlyList<MapSize> levels, BufferPool pool, float* output)
    {
        int count = levels.Sum(level => level.Area);
        using BufferPool.Lease value = pool.Rent((long)count * states.Length), sampling = pool.Rent((long)count * SamplingLength + 16);
        MatrixProduct.Compute(count, positions.Add(states, 0, levels.Count - 1), _sampling, new Rows(sampling.Pointer, SamplingLength));
        bool headMajor = _channels == PackedMatrix.PanelWidth;
        if (headMajor)
        {
            MatrixProduct.Compute(count, states, _value, new HeadRows((nint)value.Pointer, count, _channels));
        }
        else
        {
            MatrixProduct.Compute(count, states, _value, new Rows(value.Pointer, states.Length));
        }

        Sample((nint)value.Pointer, (nint)sampling.Pointer, levels, headMajor, (nint)output);
    }

    public void Dispose()
    {
        _sampling.Dispose();
        _value.Dispose();
    }

    private void Sample(nint value, nint sampling, IReadOnlyList<MapSize> levels, bool headMajor, nint output)
    {
        var geometry = new SamplingGeometry(levels);
        int count = geometry.Count, pieces = (count + QueriesPerPiece - 1) / QueriesPerPiece;
        Workers.For(_heads * pieces, piece =>
        {
            int head = piece / pieces, first = piece % pieces * QueriesPerPiece;
            float* values = (float*)value + (headMajor ? (long)head * count * _channels : head * _channels);
            int stride = headMajor ? _channels : _heads * _channels;
            for (int query = first; query < Math.Min(count, first + QueriesPerPiece); query++)
            {
                float* samples = (float*)sampling + (long)query * SamplingLength + head * 3 * Samples;
                Sample(geometry, query, samples, values, stride, (float*)output + ((long)query * _heads + head) * _channels);
            }
        });
    }

    private void Sample(SamplingGeometry geometry, int query, float* samples, float* values, int stride, float* output)
    {
        int* offsets = stackalloc int[64];
        float* weights = stackalloc float[64];
        geometry.Corners(query, samples, stride, offsets, weights);
        int channel = 0;
        for (; channel <= _channels - 32; channel += 32)
        {
            Vector512<float> left = Vector512<float>.Zero, right = Vector512<float>.Zero;
            for (int corner = 0; corner < 4 * SamplingGeometry.Lanes; corner += SamplingGeometry.Lanes)
            {
                for (int i = corner; i < corner + Samples; i++)
                {
                    float* pixel = values + offsets[i] + channel;
                    Vector512<float> weight = Vector512.Create(weights[i]);
                    left = Vector512.FusedMultiplyAdd(weight, Vector512.Load(pixel), left);
                    right = Vector512.FusedMultiplyAdd(weight, Vector512.Load(pixel + 16), right);
                }
            }

            Vector512.Store(left, output + channel);
            Vector512.Store(right, output + channel + 16);
        }

        for (; channel < _channels; channel++)
        {
            float sum = 0;
            for (int corner = 0; corner < 4 * SamplingGeometry.Lanes; corner += SamplingGeometry.Lanes)
            {
                for (int i = corner; i < corner + Samples; i++)
                {
                    sum += weights[i] * values[offsets[i] + channel];
                }
            }

            output[channel] = sum;
        }
    }

    /// <summary>The levels, a lane for each of a query's samples.</summary>
    private sealed class SamplingGeometry
    {
        public const int Lanes = 16;

        private readonly IReadOnlyList<MapSize> _levels;
        private readonly Vector512<float> _widths;
        private readonly Vector512<float> _heights;
        private readonly Vector512<int> _starts;
        private readonly Vector512<float> _used;

        public SamplingGeometry(IReadOnlyList<MapSize> levels)
        {
            _levels = levels;
            Span<float> widths = stackalloc float[Lanes], heights = stackalloc float[Lanes];
            Span<int> starts = stackalloc int[Lanes], used = stackalloc int[Lanes];
            for (int lane = 0; lane < Lanes; lane++)
            {
                int level = Math.Min(lane / Mask2FormerConfig.SamplingPoints, levels.Count - 1);
                widths[lane] = levels[level].Width;
                heights[lane] = levels[level].Height;
                starts[lane] = levels.Take(level).Sum(size => size.Area);
                used[lane] = lane < Samples ? -1 : 0;
            }

            (_widths, _heights, _starts, _used) = (Vector512.Create<float>(widths), Vector512.Create<float>(heights), Vector512.Create<int>(starts), Vector512.Create<int>(used).AsSingle());
            Count = levels.Sum(level => level.Area);
        }

        public int Count { get; }

        /// <summary>The four corners of every sample: where they lie and what they weigh; corners outside weigh nothing.</summary>
        public void Corners(int query, float* samples, int stride, int* offsets, float* weights)
        {
            (float referenceX, float referenceY) = Reference(query);
            Vector512<float> attention = Softmax(Vector512.Load(samples + 2 * Samples));
            Vector512<float> half = Vector512.Create(0.5f), one = Vector512<float>.One;
            Vector512<float> x = Vector512.FusedMultiplyAdd(_widths, Vector512.Create(referenceX), Vector512.Load(samples)) - half;
            Vector512<float> y = Vector512.FusedMultiplyAdd(_heights, Vector512.Create(referenceY), Vector512.Load(samples + Samples)) - half;
            Vector512<float> left = Vector512.Floor(x), top = Vector512.Floor(y), fx = x - left, fy = y - top;
            Vector512<float> right = left + one, bottom = top + one;
            Vector512<float> leftWeight = Inside(left, _widths, one - fx), rightWeight = Inside(right, _widths, fx);
            Vector512<float> topWeight = Inside(top, _heights, one - fy) * attention, bottomWeight = Inside(bottom, _heights, fy) * attention;
            Store(offsets, weights, 0, top, left, topWeight * leftWeight, stride);
            Store(offsets, weights, 1, top, right, topWeight * rightWeight, stride);
            Store(offsets, weights, 2, bottom, left, bottomWeight * leftWeight, stride);
            Store(offsets, weights, 3, bottom, right, bottomWeight * rightWeight, stride);
        }

        private void Store(int* offsets, float* weights, int corner, Vector512<float> y, Vector512<float> x, Vector512<float> weight, int stride)
        {
            Vector512<float> row = Clamp(y, _heights), column = Clamp(x, _widths);
            Vector512<int> pixel = _starts + Vector512.ConvertToInt32(Vector512.FusedMultiplyAdd(row, _widths, column));
            Vector512.Store(pixel * stride, offsets + corner * Lanes);
            Vector512.Store(weight, weights + corner * Lanes);
        }

        private static Vector512<float> Clamp(Vector512<float> place, Vector512<float> size) =>
            Vector512.Min(Vector512.Max(place, Vector512<float>.Zero), size - Vector512<float>.One);

        private static Vector512<float> Inside(Vector512<float> place, Vector512<float> size, Vector512<float> weight) =>
            Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(place, Vector512<float>.Zero) & Vector512.LessThan(place, size), weight, Vector512<float>.Zero);

        private Vector512<float> Softmax(Vector512<float> scores)
        {
            // What the other lanes hold may be anything, even no number; behind the last query it was never written.
            scores = Vector512.ConditionalSelect(_used, scores, Vector512.Create(float.NegativeInfinity));
            float largest = float.NegativeInfinity;
            for (int i = 0; i < Samples; i++)
            {
                largest = Math.Max(largest, scores[i]);
            }

            Vector512<float> exponentials = VectorMath.Exp(scores - Vector512.Create(largest));
            return exponentials / Vector512.Create(Vector512.Sum(exponentials));
        }

        /// <summary>The middle of the query's pixel, 0 to 1 over its level.</summary>
        private (float X, float Y) Reference(int query)
        {
            int level = 0;
            for (; query >= _levels[level].Area; level++)
            {
                query -= _levels[level].Area;
            }

            MapSize size = _levels[level];
            return ((query % size.Width + 0.5f) / size.Width, (query / size.Width + 0.5f) / size.Height);
        }
    }
}
