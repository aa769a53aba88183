using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLNetVision.Imaging.Levels;

namespace MLNetVision.Models.Mask2Former.PostProcessing.Kernels;

/// <summary>
/// A linear change of one axis' length: each new element is a sum of a few old ones. The rules are torch's, in float32 as
/// there, so that positions round alike.
/// </summary>
internal sealed unsafe class AxisMap
{
    /// <summary>The elements that are made at once.</summary>
    public const int Lanes = 8;

    private readonly int[] _blockStarts; // (taps, blocks): where the eight old elements of a block of eight begin
    private readonly int[] _offsets; // (taps, length): the element among those eight
    private readonly bool _permutes;

    private AxisMap(int from, int taps, int[] indices, float[] weights)
    {
        (From, Taps, Indices, Weights) = (from, taps, indices, weights);
        Length = indices.Length / Math.Max(1, taps);
        _blockStarts = new int[taps * (Length / Lanes)];
        _offsets = new int[indices.Length];
        _permutes = KernelLevels.UsesAvx2 && from >= Lanes && FillBlocks();
    }

    /// <summary>The old length.</summary>
    public int From { get; }

    /// <summary>The new length.</summary>
    public int Length { get; }

    /// <summary>The number of old elements that may make a new one.</summary>
    public int Taps { get; }

    /// <summary>The old elements: all first ones, then all second ones, …</summary>
    public int[] Indices { get; }

    /// <summary>Their weights, 0 where fewer are needed.</summary>
    public float[] Weights { get; }

    /// <summary>Bilinear interpolation with align_corners = false.</summary>
    public static AxisMap Bilinear(int from, int to)
    {
        var indices = new int[2 * to];
        var weights = new float[2 * to];
        float scale = (float)from / to;
        for (int i = 0; i < to; i++)
        {
            float position = Math.Max(0, scale * (i + 0.5f) - 0.5f);
            int first = Math.Min((int)position, from - 1);
            float fraction = Math.Clamp(position - first, 0, 1);
            (indices[i], indices[to + i]) = (first, Math.Min(first + 1, from - 1));
            (weights[i], weights[to + i]) = (1 - fraction, fraction);
        }

        return new AxisMap(from, 2, indices, weights);
    }

    /// <summary>The old element of each new one, by torch's nearest: a float32 scale, which differs from integers now and then.</summary>
    public static int[] Nearest(int from, int to)
    {
        float scale = (float)from / to;
        return [.. Enumerable.Range(0, to).Select(i => Math.Min((int)MathF.Floor(i * scale), from - 1))];
    }

    /// <summary>This map's first elements only, then another map: two resizings and a crop between them as one.</summary>
    public AxisMap Then(AxisMap next)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(next.From, Length);
        var sums = new SortedDictionary<int, double>[next.Length];
        for (int i = 0; i < next.Length; i++)
        {
            sums[i] = [];
            for (int outer = 0; outer < next.Taps; outer++)
            {
                int middle = next.Indices[outer * next.Length + i];
                for (int inner = 0; inner < Taps; inner++)
                {
                    int index = Indices[inner * Length + middle];
                    double weight = (double)next.Weights[outer * next.Length + i] * Weights[inner * Length + middle];
                    sums[i][index] = sums[i].GetValueOrDefault(index) + weight;
                }
            }
        }

        int taps = sums.Max(sum => sum.Count);
        var indices = new int[taps * next.Length];
        var weights = new float[indices.Length];
        for (int i = 0; i < next.Length; i++)
        {
            int tap = 0;
            foreach ((int index, double weight) in sums[i])
            {
                (indices[tap * next.Length + i], weights[tap * next.Length + i]) = (index, (float)weight);
                tap++;
            }

            for (; tap < taps; tap++)
            {
                indices[tap * next.Length + i] = indices[i];
            }
        }

        return new AxisMap(From, taps, indices, weights);
    }

    /// <summary>Applies the map to one row.</summary>
    public void Apply(ReadOnlySpan<float> from, Span<float> to) => Apply(from, 0, 0, to);

    /// <summary>Applies a part of the map.</summary>
    /// <param name="from">What is there of the old row, and as many elements of any value behind it as a vector needs.</param>
    /// <param name="fromStart">The place of its first element in the old row.</param>
    /// <param name="start">The first new element, a multiple of <see cref="Lanes"/>.</param>
    /// <param name="to">Takes the new elements.</param>
    public void Apply(ReadOnlySpan<float> from, int fromStart, int start, Span<float> to)
    {
        int done = start, end = start + to.Length;
        if (_permutes)
        {
            done = ApplyBlocks(from, fromStart, start, to);
        }

        for (; done < end; done++)
        {
            float sum = 0;
            for (int tap = 0; tap < Taps; tap++)
            {
                sum += from[Indices[tap * Length + done] - fromStart] * Weights[tap * Length + done];
            }

            to[done - start] = sum;
        }
    }

    /// <summary>Makes the whole blocks of a part.</summary>
    /// <returns>The first element that is not made.</returns>
    private int ApplyBlocks(ReadOnlySpan<float> from, int fromStart, int start, Span<float> to)
    {
        int blocks = Length / Lanes, first = start / Lanes, end = (start + to.Length) / Lanes;
        if (end <= first)
        {
            return start;
        }

        for (int tap = 0; tap < Taps; tap++)
        {
            // Neighbours ascend: if the outermost blocks can be read, all can.
            ArgumentOutOfRangeException.ThrowIfLessThan(_blockStarts[tap * blocks + first], fromStart);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(_blockStarts[tap * blocks + end - 1] - fromStart + Lanes, from.Length, nameof(from));
        }

        fixed (float* old = from, made = to, weights = Weights)
        fixed (int* starts = _blockStarts, offsets = _offsets)
        {
            for (int block = first; block < end; block++)
            {
                Vector256<float> sum = default;
                for (int tap = 0; tap < Taps; tap++)
                {
                    int at = tap * Length + block * Lanes;
                    Vector256<float> neighbours = Vector256.Load(old + starts[tap * blocks + block] - fromStart);
                    sum = Vector256.FusedMultiplyAdd(Avx2.PermuteVar8x32(neighbours, Vector256.Load(offsets + at)), Vector256.Load(weights + at), sum);
                }

                Vector256.Store(sum, made + block * Lanes - start);
            }
        }

        return end * Lanes;
    }

    /// <summary>Finds eight neighbours for each block; false where a block needs more (the axis shrinks).</summary>
    private bool FillBlocks()
    {
        int blocks = Length / Lanes;
        for (int tap = 0; tap < Taps; tap++)
        {
            for (int block = 0; block < blocks; block++)
            {
                ReadOnlySpan<int> own = Indices.AsSpan(tap * Length + block * Lanes, Lanes);
                int start = Math.Min(System.Numerics.Tensors.TensorPrimitives.Min(own), From - Lanes);
                _blockStarts[tap * blocks + block] = start;
                for (int i = 0; i < Lanes; i++)
                {
                    int offset = own[i] - start;
                    if (offset >= Lanes)
                    {
                        return false;
                    }

                    _offsets[tap * Length + block * Lanes + i] = offset;
                }
            }
        }

        return true;
    }
}
