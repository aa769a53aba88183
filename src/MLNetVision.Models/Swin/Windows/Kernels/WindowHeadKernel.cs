using System.Numerics.Tensors;
using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Swin.Windows.Kernels;

/// <summary>What the attention heads of a piece of windows read and write; rows are numbered from the piece's first one.</summary>
/// <param name="Projected">(rows, 3 · channels): queries, keys and values.</param>
/// <param name="ProjectionBias">(3 · channels): the queries, keys and values of padded patches.</param>
/// <param name="Context">(rows, channels), written.</param>
/// <param name="ContextGradient">(rows, channels); 0 in the forward pass, as are the following.</param>
/// <param name="ProjectedGradient">(rows, 3 · channels), written.</param>
/// <param name="PaddedGradient">(3 · channels), added to: the gradient of the projections of padded patches.</param>
internal readonly record struct WindowRows(
    nint Projected, nint ProjectionBias, nint Context, nint ContextGradient, nint ProjectedGradient, nint PaddedGradient);

/// <summary>
/// The attention of one head in one window after the other, and its gradients (Swin, equation 4). Scores never leave the
/// cache; the backward pass computes them once more.
/// </summary>
internal sealed unsafe class WindowHeadKernel : IDisposable
{
    /// <summary>The channels of a head: one panel of the products.</summary>
    public const int Channels = LinearProducts.Multiple;

    private const int TileRows = OuterProductKernel.Rows;

    private readonly WindowLayout _layout;
    private readonly WindowRows _rows;
    private readonly int _firstRow;
    private readonly int _channels;
    private readonly int _head;
    private readonly int _patches;
    private readonly int _keys;
    private readonly float* _bias;
    private readonly float* _biasGradient;
    private readonly float _scale = 1 / MathF.Sqrt(Channels);

    // The window's keys and values as they are and transposed, a panel of keys after the other.
    private readonly float* _key;
    private readonly float* _keyPanels;
    private readonly float* _value;
    private readonly float* _valuePanels;
    private readonly float* _query;
    private readonly float* _outer;
    private readonly float* _scores;
    private readonly float* _scoreGradient;
    private readonly float* _strip;
    private readonly float* _sums;
    private readonly float* _scales;
    private readonly float* _zeros;
    private readonly ScratchLoan _loan;

    /// <param name="layout">The windows.</param>
    /// <param name="rows">The piece's rows.</param>
    /// <param name="firstRow">The number of the piece's first row.</param>
    /// <param name="channels">The channels of all heads.</param>
    /// <param name="head">The head.</param>
    /// <param name="bias">(patches, <paramref name="biasPitch"/>): the head's bias for each pair of patches.</param>
    /// <param name="biasGradient">The same for its gradient, added to; null in the forward pass.</param>
    /// <param name="biasPitch">The patches filled up to whole panels.</param>
    public WindowHeadKernel(WindowLayout layout, WindowRows rows, int firstRow, int channels, int head, float* bias, float* biasGradient, int biasPitch)
    {
        (_layout, _rows, _firstRow, _channels, _head, _patches, _keys) = (layout, rows, firstRow, channels, head, layout.Patches, biasPitch);
        _bias = bias;
        _biasGradient = biasGradient;
        int readable = _patches + TileRows;
        ScratchLayout parts = default;
        long key = parts.Add(_keys * Channels), keyPanels = parts.Add(_keys * Channels), value = parts.Add(_keys * Channels);
        long valuePanels = parts.Add(_keys * Channels), query = parts.Add(_patches * Channels), outer = parts.Add(_patches * Channels);
        long scores = parts.Add((long)readable * ScorePitch), scoreGradient = parts.Add((long)readable * ScorePitch);
        long strip = parts.Add(_patches * TileRows), sums = parts.Add((_keys + TileRows) * Channels), scales = parts.Add(readable), zeros = parts.Add(Channels);
        _loan = parts.Take(Scratch.Scores, out float* block);
        _key = block + key;
        _keyPanels = block + keyPanels;
        _value = block + value;
        _valuePanels = block + valuePanels;
        _query = block + query;
        _outer = block + outer;
        _scores = block + scores;
        _scoreGradient = block + scoreGradient;
        _strip = block + strip;
        _sums = block + sums;
        _scales = block + scales;
        _zeros = block + zeros;
        new Span<float>(_scales, readable).Fill(_scale);
        new Span<float>(_zeros, Channels).Clear();
    }

    private int ScorePitch => _keys + 16;

    /// <summary>Computes the context of a window's rows.</summary>
    /// <param name="window">The window.</param>
    /// <param name="mask">(patches, patches filled up), added to the scores, or null.</param>
    public void Forward(int window, float* mask)
    {
        int first = _layout.FirstRow(window) - _firstRow, count = _layout.FirstRow(window + 1) - _layout.FirstRow(window);
        Gather(first, count, part: 1, _key);
        Gather(first, count, part: 2, _value);
        Attend(first, count, mask);
    }

    /// <summary>Computes the context once more, and the gradients of queries, keys, values and bias.</summary>
    /// <inheritdoc cref="Forward" path="/param"/>
    public void Backward(int window, float* mask)
    {
        Forward(window, mask);
        int first = _layout.FirstRow(window) - _firstRow, count = _layout.FirstRow(window + 1) - _layout.FirstRow(window);
        float* outer = (float*)_rows.ContextGradient + (long)first * _channels + _head * Channels;
        float* context = (float*)_rows.Context + (long)first * _channels + _head * Channels;
        for (int panel = 0; panel < _keys; panel += Channels)
        {
            LinearPacking.TransposedPanel(_value + panel * Channels, Channels, Channels, _valuePanels + panel * Channels);
            Multiply(outer, _channels, Channels, count, _valuePanels + panel * Channels, _scoreGradient + panel, ScorePitch, null);
        }

        for (int row = 0; row < count; row++)
        {
            SoftmaxGradient(outer + (long)row * _channels, context + (long)row * _channels, row, _layout.Patch(_firstRow + first + row));
        }

        LinearPacking.Panel(Projected(first, part: 0), 3 * _channels, count, _query);
        LinearPacking.Panel(outer, _channels, count, _outer);
        float* queryGradient = (float*)_rows.ProjectedGradient + (long)first * 3 * _channels + _head * Channels;
        Multiply(_scoreGradient, ScorePitch, _patches, count, _key, queryGradient, 3 * _channels, _scales);
        SumOverQueries(_scoreGradient, count, _query);
        TensorPrimitives.Multiply(new ReadOnlySpan<float>(_sums, _patches * Channels), _scale, new Span<float>(_sums, _patches * Channels));
        Scatter(first, count, part: 1);
        SumOverQueries(_scores, count, _outer);
        Scatter(first, count, part: 2);
    }

    /// <summary>Gives the thread's memory back, on the thread that made the kernel.</summary>
    public void Dispose() => _loan.Dispose();

    // Rows times one panel of columns.
    private void Multiply(float* a, int aPitch, int length, int rows, float* panel, float* c, int cPitch, float* scales)
    {
        var tile = new GemmTile
        {
            A = a, APitch = aPitch, Runs = 1, RunLength = length, B = panel, Start = _zeros, Scale = scales, C = c, CPitch = cPitch, Rows = rows,
        };
        GemmKernels.Compute(in tile, Channels);
    }

    private float* Projected(int row, int part) => (float*)_rows.Projected + (long)row * 3 * _channels + part * _channels + _head * Channels;

    // The window's keys or values in the order of its patches; zeros behind the last.
    private void Gather(int first, int count, int part, float* target)
    {
        float* padded = (float*)_rows.ProjectionBias + part * _channels + _head * Channels;
        for (int patch = 0, row = 0; patch < _patches; patch++)
        {
            bool present = row < count && _layout.Patch(_firstRow + first + row) == patch;
            LinearPacking.Panel(present ? Projected(first + row, part) : padded, 0, 1, target + patch * Channels);
            row += present ? 1 : 0;
        }

        new Span<float>(target + _patches * Channels, (_keys - _patches) * Channels).Clear();
    }

    // The gradients of keys or values, from the order of the patches.
    private void Scatter(int first, int count, int part)
    {
        float* target = (float*)_rows.ProjectedGradient + (long)first * 3 * _channels + part * _channels + _head * Channels;
        var padded = new Span<float>((float*)_rows.PaddedGradient + part * _channels + _head * Channels, Channels);
        for (int patch = 0, row = 0; patch < _patches; patch++)
        {
            float* gradient = _sums + patch * Channels;
            if (row < count && _layout.Patch(_firstRow + first + row) == patch)
            {
                LinearPacking.Panel(gradient, 0, 1, target + (long)row * 3 * _channels);
                row++;
            }
            else
            {
                TensorPrimitives.Add(padded, new ReadOnlySpan<float>(gradient, Channels), padded);
            }
        }
    }

    private void Attend(int first, int count, float* mask)
    {
        for (int panel = 0; panel < _keys; panel += Channels)
        {
            LinearPacking.TransposedPanel(_key + panel * Channels, Channels, Channels, _keyPanels + panel * Channels);
            Multiply(Projected(first, part: 0), 3 * _channels, Channels, count, _keyPanels + panel * Channels, _scores + panel, ScorePitch, _scales);
        }

        for (int row = 0; row < count; row++)
        {
            Softmax(_scores + row * ScorePitch, _layout.Patch(_firstRow + first + row), mask);
        }

        Multiply(_scores, ScorePitch, _patches, count, _value, (float*)_rows.Context + (long)first * _channels + _head * Channels, _channels, null);
    }

    private void Softmax(float* row, int patch, float* mask)
    {
        long offset = (long)patch * _keys;
        float sum = SoftmaxRow.Exponentiate(row, _patches, _keys, _bias + offset, mask == null ? null : mask + offset);
        var scores = new Span<float>(row, _keys);
        TensorPrimitives.Multiply(scores, 1 / sum, scores);
    }

    // From the gradient of the weights to that of the scores: weight · (gradient - the weighted mean of all gradients).
    private void SoftmaxGradient(float* outer, float* context, int row, int patch)
    {
        float mean = TensorPrimitives.Dot(new ReadOnlySpan<float>(outer, Channels), new ReadOnlySpan<float>(context, Channels));
        var gradients = new Span<float>(_scoreGradient + row * ScorePitch, _keys);
        TensorPrimitives.Subtract(gradients, mean, gradients);
        TensorPrimitives.Multiply(gradients, new ReadOnlySpan<float>(_scores + row * ScorePitch, _keys), gradients);
        var sums = new Span<float>(_biasGradient + (long)patch * _keys, _keys);
        TensorPrimitives.Add(sums, gradients, sums);
    }

    // For each key the sum over the queries of a weight times the query's row.
    private void SumOverQueries(float* weights, int count, float* queryRows)
    {
        for (int key = 0; key < _patches; key += TileRows)
        {
            int keys = Math.Min(TileRows, _patches - key);
            LinearPacking.Strip(weights + key, ScorePitch, count, keys, _strip);
            OuterProductKernel.Compute(_strip, queryRows, count, _sums + key * Channels, Channels, keys, addToTarget: false);
        }
    }
}
