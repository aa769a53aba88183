using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Masks;
using MLNetVision.Models.Common.Segments;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MLNetVision.Models.Mask2Former.Processing;

/// <summary>
/// Gives every pixel its surest class: class scores are the product of the queries' classes and masks on the middle grid,
/// interpolated to the target. It goes down the picture in bands, so that no (classes × pixels) array is ever made.
/// </summary>
internal sealed unsafe class SemanticPostProcessing : IDisposable
{
    private const int BandRows = 8;

    private readonly MaskGeometry _geometry;
    private readonly QueryMasks _masks;
    private readonly int _pitch; // classes, rounded up to whole vectors; the surplus has score 0
    private readonly Tensor _classes; // (queries, pitch)
    private readonly Tensor _bandMasks; // (queries, band's pixels)
    private readonly Tensor _scores; // (row before the band and band's rows · columns, pitch)
    private readonly AxisMap? _columns;
    private readonly float[] _mixed;
    private readonly double[] _sums;
    private readonly int[] _map;

    private SemanticPostProcessing(ReadOnlySpan<float> probabilities, int classes, ReadOnlySpan<float> logits, MaskGeometry geometry)
    {
        int queries = probabilities.Length / (classes + 1);
        _geometry = geometry;
        _masks = new QueryMasks(logits, [.. Enumerable.Range(0, queries)], geometry);
        _pitch = (classes + Vector256<float>.Count - 1) / Vector256<float>.Count * Vector256<float>.Count;
        _classes = zeros([queries, _pitch], ScalarType.Float32);
        Span<float> own = Floats(_classes);
        for (int query = 0; query < queries; query++)
        {
            probabilities.Slice(query * (classes + 1), classes).CopyTo(own[(query * _pitch)..]);
        }

        _bandMasks = empty([queries, BandRows * _masks.Width], ScalarType.Float32);
        _scores = empty([(BandRows + 1) * _masks.Width, _pitch], ScalarType.Float32);
        _columns = geometry.IsMiddleTheTarget ? null : geometry.TargetColumns;
        _mixed = new float[_masks.Width * _pitch];
        _sums = new double[_pitch];
        _map = new int[checked(geometry.Height * geometry.Width)];
    }

    /// <param name="probabilities">(queries, classes + 1), softmax over the classes.</param>
    /// <param name="classes">The number of classes without "no object".</param>
    /// <param name="logits">(queries, rows, columns).</param>
    /// <param name="geometry">The grids.</param>
    public static SegmentationResult Run(ReadOnlySpan<float> probabilities, int classes, ReadOnlySpan<float> logits, MaskGeometry geometry)
    {
        using var guard = no_grad();
        using var work = new SemanticPostProcessing(probabilities, classes, logits, geometry);
        work.FillMap();
        var segments = new List<PredictedSegment>();
        foreach ((int label, RunLengthMask mask) in LabelMap.ToMasks(work._map, geometry.Height, geometry.Width))
        {
            segments.Add(new PredictedSegment(segments.Count + 1, label, (float)Math.Min(1, work._sums[label] / mask.Area), mask));
        }

        return new SegmentationResult(geometry.Height, geometry.Width, segments);
    }

    public void Dispose()
    {
        _masks.Dispose();
        _classes.Dispose();
        _bandMasks.Dispose();
        _scores.Dispose();
    }

    private void FillMap()
    {
        AxisMap? rows = _geometry.IsMiddleTheTarget ? null : _geometry.TargetRows;
        Span<float> scores = Floats(_scores);
        int rowLength = _masks.Width * _pitch;
        int target = 0;
        for (int start = 0; start < _masks.Height; start += BandRows)
        {
            int count = Math.Min(BandRows, _masks.Height - start);
            if (start > 0)
            {
                scores.Slice(BandRows * rowLength, rowLength).CopyTo(scores);
            }

            ComputeBand(start, count);

            // All target rows whose two rows of the middle grid are there; slot 0 is the row before the band.
            for (; target < _geometry.Height && (rows?.Indices[rows.Length + target] ?? target) < start + count; target++)
            {
                int first = (rows?.Indices[target] ?? target) - start + 1, second = (rows?.Indices[rows.Length + target] ?? target) - start + 1;
                ReadOnlySpan<float> above = scores.Slice(first * rowLength, rowLength);
                ReadOnlySpan<float> mixed = above;
                if (rows is not null && rows.Weights[rows.Length + target] is var weight and not 0)
                {
                    TensorPrimitives.Lerp(above, scores.Slice(second * rowLength, rowLength), weight, _mixed);
                    mixed = _mixed;
                }

                DecideRow(mixed, _map.AsSpan(target * _geometry.Width, _geometry.Width));
            }
        }
    }

    /// <summary>The class scores of some rows of the middle grid, as one matrix product.</summary>
    private void ComputeBand(int start, int count)
    {
        int width = _masks.Width;
        Span<float> masks = Floats(_bandMasks);
        for (int query = 0; query < _masks.Count; query++)
        {
            Span<float> own = masks.Slice(query * BandRows * width, count * width);
            for (int row = 0; row < count; row++)
            {
                _masks.Row(query, start + row, own.Slice(row * width, width));
            }

            TensorPrimitives.Sigmoid(own, own);
        }

        using var scope = NewDisposeScope();
        Tensor band = _bandMasks.narrow(1, 0, count * width).t(); // (band's pixels, queries)
        _scores.narrow(0, width, count * width).addmm_(band, _classes, beta: 0, alpha: 1);
    }

    private void DecideRow(ReadOnlySpan<float> scores, Span<int> map)
    {
        for (int x = 0; x < map.Length; x++)
        {
            int first = _columns?.Indices[x] ?? x, second = _columns?.Indices[_columns.Length + x] ?? x;
            float weight = _columns?.Weights[_columns.Length + x] ?? 0;
            (map[x], float score) = Best(scores.Slice(first * _pitch, _pitch), scores.Slice(second * _pitch, _pitch), weight);
            _sums[map[x]] += score;
        }
    }

    /// <summary>The class with the largest interpolated score; of equal ones the first.</summary>
    private static (int Class, float Score) Best(ReadOnlySpan<float> left, ReadOnlySpan<float> right, float weight)
    {
        int lanes = Vector256<float>.Count;
        ref float l = ref MemoryMarshal.GetReference(left), r = ref MemoryMarshal.GetReference(right);
        Vector256<float> ofRight = Vector256.Create(weight), ofLeft = Vector256.Create(1 - weight);
        Vector256<float> best = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref r), ofRight, Vector256.LoadUnsafe(ref l) * ofLeft);
        Vector256<int> at = Vector256<int>.Zero;
        for (int i = lanes; i < left.Length; i += lanes)
        {
            Vector256<float> score = Vector256.FusedMultiplyAdd(
                Vector256.LoadUnsafe(ref r, (nuint)i), ofRight, Vector256.LoadUnsafe(ref l, (nuint)i) * ofLeft);
            Vector256<float> wins = Vector256.GreaterThan(score, best);
            best = Vector256.ConditionalSelect(wins, score, best);
            at = Vector256.ConditionalSelect(wins.AsInt32(), Vector256.Create(i), at);
        }

        // Across the lanes: the largest score, then the smallest class that has it.
        Vector128<float> four = Vector128.Max(best.GetLower(), best.GetUpper());
        Vector128<float> two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        Vector128<float> one = Vector128.Max(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2)));
        float largest = one.ToScalar();
        Vector256<int> classes = at + Vector256<int>.Indices;
        Vector256<int> winners = Vector256.ConditionalSelect(
            Vector256.Equals(best, Vector256.Create(largest)).AsInt32(), classes, Vector256.Create(int.MaxValue));
        Vector128<int> least = Vector128.Min(winners.GetLower(), winners.GetUpper());
        least = Vector128.Min(least, Vector128.Shuffle(least, Vector128.Create(2, 3, 0, 1)));
        least = Vector128.Min(least, Vector128.Shuffle(least, Vector128.Create(1, 0, 3, 2)));
        return (least.ToScalar(), largest);
    }

    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
