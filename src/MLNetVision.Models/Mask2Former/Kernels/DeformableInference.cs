using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Mask2Former.Config;

namespace MLNetVision.Models.Mask2Former.Kernels;

/// <summary>
/// Deformable attention for prediction. Places, weights and corners of a query's twelve samples are computed beside
/// each other in one register, then its values are gathered: values lie head by head, so that the corners beside each
/// other are neighbours in memory. There is no grid and no tensor of samples.
/// </summary>
internal sealed unsafe class DeformableInference : IDisposable
{
    private const int Samples = Mask2FormerConfig.FeatureLevels * Mask2FormerConfig.SamplingPoints;
    private readonly int _heads;
    private readonly int _channels;
    private readonly PackedPanels _sampling;
    private readonly PackedPanels _value;

    /// <param name="attention">The attention's weights.</param>
    /// <param name="channels">The channels of all heads.</param>
    /// <param name="heads">The heads.</param>
    /// <param name="precision">In which numbers the values are computed.</param>
    public DeformableInference(WeightScope attention, int channels, int heads, ScoringPrecision precision)
    {
        _heads = heads;
        _channels = channels / heads;
        _value = attention.In("value_proj").Linear(channels, channels, precision);
        WeightScope offsets = attention.In("sampling_offsets"), weights = attention.In("attention_weights");
        int samples = heads * Samples;

        // In single precision whatever the values': places decide on what is sampled.
        _sampling = PackedPanels.From(
            ByHead(offsets.Read("weight", 2 * samples, channels), weights.Read("weight", samples, channels), channels),
            ByHead(offsets.Read("bias", 2 * samples), weights.Read("bias", samples), length: 1));
    }

    /// <summary>The floats that the samples' places and weights take for each query.</summary>
    public int SamplingLength => _sampling.Outputs;

    /// <summary>Computes the attention, without the output projection.</summary>
    /// <param name="states">The pixels of all levels, which are also the queries.</param>
    /// <param name="positions">Their positions.</param>
    /// <param name="levels">The levels.</param>
    /// <param name="loans">Lends the memory.</param>
    /// <param name="output">(queries, heads * channels).</param>
    public void Run(Rows states, PositionTables positions, IReadOnlyList<MapSize> levels, BufferLoans loans, float* output)
    {
        int count = levels.Sum(level => level.Area);
        using BufferPool.Lease value = loans.Rent((long)count * states.Length), sampling = loans.Rent((long)count * SamplingLength + 16);
        MatrixProduct.Compute(count, positions.Add(states, 0, levels.Count - 1), _sampling, new Rows(sampling.Pointer, SamplingLength));
        bool headMajor = _channels % GemmKernels.PanelColumns == 0;
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

    /// <summary>Rows for each head: twelve offsets in x, twelve in y, twelve weights. The offsets come as pairs of x and y.</summary>
    private float[] ByHead(float[] offsets, float[] weights, int length)
    {
        var rows = new float[offsets.Length + weights.Length];
        for (int row = 0; row < 3 * Samples * _heads; row++)
        {
            (int head, int part, int sample) = (row / (3 * Samples), row / Samples % 3, row % Samples);
            int place = head * Samples + sample;
            ReadOnlySpan<float> source = part == 2 ? weights.AsSpan(place * length, length) : offsets.AsSpan((2 * place + part) * length, length);
            source.CopyTo(rows.AsSpan(row * length, length));
        }

        return rows;
    }

    private void Sample(nint value, nint sampling, IReadOnlyList<MapSize> levels, bool headMajor, nint output)
    {
        var geometry = new SamplingGeometry(levels);
        if ((long)geometry.Count * _heads * _channels > int.MaxValue)
        {
            // Places are computed in vectors of 32 bits.
            throw new NotSupportedException($"The picture is too large: maps of {geometry.Count} pixels by {_heads * _channels} channels; at most {int.MaxValue} numbers can be sampled.");
        }

        int count = geometry.Count, pieces = (count + PieceSizes.DeformableQueries - 1) / PieceSizes.DeformableQueries;
        Workers.For(_heads * pieces, piece =>
        {
            int head = piece / pieces, first = piece % pieces * PieceSizes.DeformableQueries;
            float* values = (float*)value + (headMajor ? (long)head * count * _channels : head * _channels);
            int stride = headMajor ? _channels : _heads * _channels;
            for (int query = first; query < Math.Min(count, first + PieceSizes.DeformableQueries); query++)
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
            Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            for (int corner = 0; corner < 4 * SamplingGeometry.Lanes; corner += SamplingGeometry.Lanes)
            {
                for (int i = corner; i < corner + Samples; i++)
                {
                    float* pixel = values + offsets[i] + channel;
                    Vector256<float> weight = Vector256.Create(weights[i]);
                    sum0 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(pixel), sum0);
                    sum1 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(pixel + 8), sum1);
                    sum2 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(pixel + 16), sum2);
                    sum3 = Vector256.FusedMultiplyAdd(weight, Vector256.Load(pixel + 24), sum3);
                }
            }

            sum0.Store(output + channel);
            sum1.Store(output + channel + 8);
            sum2.Store(output + channel + 16);
            sum3.Store(output + channel + 24);
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
        private readonly float[] _widths = new float[Lanes];
        private readonly float[] _heights = new float[Lanes];
        private readonly int[] _starts = new int[Lanes];

        public SamplingGeometry(IReadOnlyList<MapSize> levels)
        {
            _levels = levels;
            for (int lane = 0; lane < Lanes; lane++)
            {
                int level = Math.Min(lane / Mask2FormerConfig.SamplingPoints, levels.Count - 1);
                _widths[lane] = levels[level].Width;
                _heights[lane] = levels[level].Height;
                _starts[lane] = levels.Take(level).Sum(size => size.Area);
            }

            Count = levels.Sum(level => level.Area);
        }

        public int Count { get; }

        /// <summary>The four corners of every sample: where they lie and what they weigh; corners outside weigh nothing.</summary>
        public void Corners(int query, float* samples, int stride, int* offsets, float* weights)
        {
            (float referenceX, float referenceY) = Reference(query);
            float* attention = stackalloc float[Lanes];
            new ReadOnlySpan<float>(samples + 2 * Samples, Samples).CopyTo(new Span<float>(attention, Samples));
            new Span<float>(attention + Samples, Lanes - Samples).Fill(float.NegativeInfinity);
            Vector256<float> total = Vector256.Create(SoftmaxRow.Exponentiate(attention, Lanes));
            Vector256<float> half = Vector256.Create(0.5f), one = Vector256<float>.One;
            for (int lane = 0; lane < Lanes; lane += Vector256<float>.Count)
            {
                // What the lanes behind the samples hold may be anything: nobody reads their corners.
                Vector256<float> widths = Vector256.LoadUnsafe(ref _widths[lane]), heights = Vector256.LoadUnsafe(ref _heights[lane]);
                Vector256<int> starts = Vector256.LoadUnsafe(ref _starts[lane]);
                Vector256<float> share = Vector256.Load(attention + lane) / total;
                Vector256<float> x = Vector256.FusedMultiplyAdd(widths, Vector256.Create(referenceX), Vector256.Load(samples + lane)) - half;
                Vector256<float> y = Vector256.FusedMultiplyAdd(heights, Vector256.Create(referenceY), Vector256.Load(samples + Samples + lane)) - half;
                Vector256<float> left = Vector256.Floor(x), top = Vector256.Floor(y), fx = x - left, fy = y - top;
                Vector256<float> right = left + one, bottom = top + one;
                Vector256<float> leftWeight = Inside(left, widths, one - fx), rightWeight = Inside(right, widths, fx);
                Vector256<float> topWeight = Inside(top, heights, one - fy) * share, bottomWeight = Inside(bottom, heights, fy) * share;
                (left, right, top, bottom) = (Clamp(left, widths), Clamp(right, widths), Clamp(top, heights), Clamp(bottom, heights));
                Store(0, top, left, topWeight * leftWeight);
                Store(1, top, right, topWeight * rightWeight);
                Store(2, bottom, left, bottomWeight * leftWeight);
                Store(3, bottom, right, bottomWeight * rightWeight);

                [MethodImpl(MethodImplOptions.AggressiveInlining)]
                void Store(int corner, Vector256<float> row, Vector256<float> column, Vector256<float> weight)
                {
                    Vector256<int> pixel = starts + Vector256.ConvertToInt32(Vector256.FusedMultiplyAdd(row, widths, column));
                    (pixel * stride).Store(offsets + corner * Lanes + lane);
                    weight.Store(weights + corner * Lanes + lane);
                }
            }
        }

        private static Vector256<float> Clamp(Vector256<float> place, Vector256<float> size) =>
            Vector256.Min(Vector256.Max(place, Vector256<float>.Zero), size - Vector256<float>.One);

        private static Vector256<float> Inside(Vector256<float> place, Vector256<float> size, Vector256<float> weight) =>
            Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(place, Vector256<float>.Zero) & Vector256.LessThan(place, size), weight, Vector256<float>.Zero);

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
