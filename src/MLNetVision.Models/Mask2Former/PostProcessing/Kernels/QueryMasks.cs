using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels.Vectors;

namespace MLNetVision.Models.Mask2Former.PostProcessing.Kernels;

/// <summary>The mask logits of some queries of one picture, widened to the middle grid's columns; rows are made on demand.</summary>
internal sealed unsafe class QueryMasks : IDisposable
{
    /// <summary>The pixels that <see cref="Probabilities"/> makes at once.</summary>
    public const int Group = 16;

    private readonly AxisMap _rows;
    private float[] _widened; // (queries, logit rows, middle columns)

    /// <param name="logits">(queries, rows, columns) of one picture.</param>
    /// <param name="queries">The queries that are wanted.</param>
    /// <param name="geometry">The grids.</param>
    public QueryMasks(ReadOnlySpan<float> logits, ReadOnlySpan<int> queries, MaskGeometry geometry)
    {
        (_rows, Width, Height, Count) = (geometry.Rows, geometry.Columns.Length, geometry.Rows.Length, queries.Length);
        int fromRows = geometry.Rows.From, fromColumns = geometry.Columns.From;
        _widened = ArrayPool<float>.Shared.Rent(checked(Count * fromRows * Width + Group));
        _widened.AsSpan(Count * fromRows * Width, Group).Clear();
        for (int i = 0; i < queries.Length; i++)
        {
            for (int row = 0; row < fromRows; row++)
            {
                ReadOnlySpan<float> from = logits.Slice((queries[i] * fromRows + row) * fromColumns, fromColumns);
                geometry.Columns.Apply(from, _widened.AsSpan((i * fromRows + row) * Width, Width));
            }
        }
    }

    /// <summary>The number of queries.</summary>
    public int Count { get; }

    /// <summary>The middle grid's rows.</summary>
    public int Height { get; }

    /// <summary>The middle grid's columns.</summary>
    public int Width { get; }

    /// <summary>Writes one row of a query's logits on the middle grid.</summary>
    public void Row(int query, int row, Span<float> target) =>
        Combine(_widened.AsSpan(query * _rows.From * Width, _rows.From * Width), _rows, row, Width, target);

    /// <summary>Writes one row of a query's probabilities on the middle grid.</summary>
    public void ProbabilityRow(int query, int row, Span<float> target)
    {
        Row(query, row, target);
        TensorPrimitives.Sigmoid(target, target);
    }

    /// <summary>
    /// Writes the probabilities of a group of neighbours in a row of the middle grid. A group that is longer than the rest of
    /// the row ends with values of no meaning.
    /// </summary>
    /// <param name="query">The query.</param>
    /// <param name="row">The row.</param>
    /// <param name="column">The first column.</param>
    /// <param name="target">Takes the group.</param>
    /// <returns>For each lane the larger one of two values.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Probabilities(int query, int row, int column, float* target)
    {
        fixed (float* map = &_widened[query * _rows.From * Width + column])
        {
            float* old = map + _rows.Indices[row] * Width;
            Vector256<float> weight = Vector256.Create(_rows.Weights[row]);
            Vector256<float> left = Vector256.Load(old) * weight, right = Vector256.Load(old + Vector256<float>.Count) * weight;
            for (int tap = 1; tap < _rows.Taps; tap++)
            {
                int at = tap * _rows.Length + row;
                old = map + _rows.Indices[at] * Width;
                weight = Vector256.Create(_rows.Weights[at]);
                left = Vector256.FusedMultiplyAdd(Vector256.Load(old), weight, left);
                right = Vector256.FusedMultiplyAdd(Vector256.Load(old + Vector256<float>.Count), weight, right);
            }

            left = VectorMath.Sigmoid(left);
            right = VectorMath.Sigmoid(right);
            Vector256.Store(left, target);
            Vector256.Store(right, target + Vector256<float>.Count);
            return Vector256.Max(left, right);
        }
    }

    /// <summary>A row of a vertically resized map.</summary>
    public static void Combine(ReadOnlySpan<float> map, AxisMap rows, int row, int width, Span<float> target)
    {
        TensorPrimitives.Multiply(map.Slice(rows.Indices[row] * width, width), rows.Weights[row], target);
        for (int tap = 1; tap < rows.Taps; tap++)
        {
            float weight = rows.Weights[tap * rows.Length + row];
            if (weight != 0)
            {
                TensorPrimitives.FusedMultiplyAdd(map.Slice(rows.Indices[tap * rows.Length + row] * width, width), weight, target, target);
            }
        }
    }

    public void Dispose()
    {
        ArrayPool<float>.Shared.Return(_widened);
        _widened = [];
    }
}
