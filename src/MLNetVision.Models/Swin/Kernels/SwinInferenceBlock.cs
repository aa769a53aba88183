using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Swin.Windows;
using MLNetVision.Models.Swin.Windows.Kernels;

namespace MLNetVision.Models.Swin.Kernels;

/// <summary>A Swin block for prediction; it changes its map in place, since windows share no pixel.</summary>
internal sealed unsafe class SwinInferenceBlock : IDisposable
{
    private readonly int _window;
    private readonly int _shift;
    private readonly int _heads;
    private readonly int _channels;
    private readonly LayerNormKernel _normBefore;
    private readonly LayerNormKernel _normAfter;
    private readonly PackedPanels _queryKeyValue;
    private readonly PackedPanels _projection;
    private readonly PackedPanels _up;
    private readonly PackedPanels _down;
    private readonly NativeBuffer _bias;
    private readonly PackedWindowMasks _masks;
    private readonly Activation _activation;

    /// <param name="block">The block's weights.</param>
    /// <param name="config">The backbone's settings.</param>
    /// <param name="stage">The stage, from 0.</param>
    /// <param name="index">The block's number in its stage: every second one shifts its windows.</param>
    /// <param name="masks">The masks of shifted windows.</param>
    /// <param name="precision">In which numbers the linear layers multiply.</param>
    public SwinInferenceBlock(WeightScope block, SwinConfig config, int stage, int index, PackedWindowMasks masks, ScoringPrecision precision)
    {
        _window = config.WindowSize;
        _shift = index % 2 == 1 && _window > 1 ? _window / 2 : 0;
        _heads = config.NumHeads[stage];
        _channels = config.EmbedDim << stage;
        _masks = masks;
        _activation = InferenceActivations.Get(config.HiddenAct);
        _normBefore = block.In("layernorm_before").LayerNorm(_channels, config.LayerNormEps);
        _normAfter = block.In("layernorm_after").LayerNorm(_channels, config.LayerNormEps);

        // The scores' scale is folded into the queries.
        WeightScope attention = block.In("attention").In("self");
        float scale = (float)(1 / Math.Sqrt((double)_channels / _heads));
        _queryKeyValue = PackedPanels.From(
            [.. Scaled(attention.In("query").Read("weight", _channels, _channels), scale), .. attention.In("key").Read("weight", _channels, _channels), .. attention.In("value").Read("weight", _channels, _channels)],
            config.QkvBias ? [.. Scaled(attention.In("query").Read("bias", _channels), scale), .. attention.In("key").Read("bias", _channels), .. attention.In("value").Read("bias", _channels)] : new float[3 * _channels],
            precision);
        _projection = block.In("attention").In("output").In("dense").Linear(_channels, _channels, precision);
        int hidden = (int)(config.MlpRatio * _channels);
        _up = block.In("intermediate").In("dense").Linear(hidden, _channels, precision);
        _down = block.In("output").In("dense").Linear(_channels, hidden, precision);
        _bias = PositionBias(attention);
    }

    /// <summary>Runs the block on a map.</summary>
    public void Run(float* map, MapSize size)
    {
        var windows = new WindowGrid((nint)map, size, _window, _shift, _channels);
        int perPiece = Math.Clamp(PieceSizes.WindowPatches / windows.Patches, 1, Math.Max(1, windows.Count / (PieceSizes.PerThread * KernelThreads.Current)));
        Workers.For((windows.Count + perPiece - 1) / perPiece, piece =>
            Attend(windows, piece * perPiece, Math.Min(windows.Count, (piece + 1) * perPiece)));

        nint start = (nint)map;
        int rowsPerPiece = Math.Clamp(PieceSizes.HiddenFloats / _up.Outputs, GemmKernels.BlockRows, Math.Max(GemmKernels.BlockRows, size.Area / (PieceSizes.PerThread * KernelThreads.Current)));
        rowsPerPiece = (rowsPerPiece + GemmKernels.BlockRows - 1) / GemmKernels.BlockRows * GemmKernels.BlockRows;
        Workers.For((size.Area + rowsPerPiece - 1) / rowsPerPiece, piece =>
            Mlp((float*)start + (long)piece * rowsPerPiece * _channels, Math.Min(rowsPerPiece, size.Area - piece * rowsPerPiece)));
    }

    public void Dispose()
    {
        _normBefore.Dispose();
        _normAfter.Dispose();
        _queryKeyValue.Dispose();
        _projection.Dispose();
        _up.Dispose();
        _down.Dispose();
        _bias.Dispose();
    }

    private static float[] Scaled(float[] values, float scale) => Array.ConvertAll(values, value => value * scale);

    /// <summary>The bias of each pair of patches, (heads, patches, patches filled up).</summary>
    private NativeBuffer PositionBias(WeightScope attention)
    {
        int offsets = (2 * _window - 1) * (2 * _window - 1), patches = _window * _window;
        float[] table = attention.Read("relative_position_bias_table", offsets, _heads);
        long[] positions = RelativePositions.Index(_window);
        NativeBuffer bias = ZeroedBuffer.Allocate((long)_heads * patches * _masks.Stride + 16);
        for (int pair = 0; pair < positions.Length; pair++)
        {
            for (int head = 0; head < _heads; head++)
            {
                bias.Pointer[((long)head * patches + pair / patches) * _masks.Stride + pair % patches] = table[positions[pair] * _heads + head];
            }
        }

        return bias;
    }

    private void Mlp(float* map, int count)
    {
        using ScratchLoan hiddenLoan = ThreadScratch.Take(Scratch.Hidden, (long)count * _up.Outputs, out float* hidden);
        var rows = new Rows(map, _channels);
        var inner = new Rows(hidden, _up.Outputs);
        MatrixProduct.ComputeHere(count, new NormedRows(rows, _normAfter), _up, inner, _activation);
        MatrixProduct.ComputeHere(count, inner, _down, rows, addToTarget: true);
    }

    private void Attend(WindowGrid grid, int first, int last)
    {
        int patches = grid.Patches, count = (last - first) * patches;
        using ScratchLoan projectedLoan = ThreadScratch.Take(Scratch.Projected, (long)count * 3 * _channels, out float* projected);
        using ScratchLoan contextLoan = ThreadScratch.Take(Scratch.Context, (long)count * _channels, out float* context);
        MatrixProduct.ComputeHere(count, new WindowPatches(grid, first, _normBefore), _queryKeyValue, new Rows(projected, 3 * _channels));
        for (int window = first; window < last; window++)
        {
            int offset = (window - first) * patches;
            Attend(grid, window, projected + (long)offset * 3 * _channels, context + (long)offset * _channels);
        }

        MatrixProduct.ComputeHere(count, new Rows(context, _channels), _projection, new WindowPatches(grid, first, _normBefore), addToTarget: true);
    }

    private void Attend(WindowGrid grid, int window, float* projected, float* context)
    {
        int patches = grid.Patches, channels = _channels / _heads, stride = 3 * _channels;
        nint mask = _shift == 0 ? 0 : _masks.Get(window / grid.Columns == grid.RowCount - 1, window % grid.Columns == grid.Columns - 1);
        using ScratchLoan keysLoan = ThreadScratch.Take(Scratch.Keys, AttentionPacking.KeyLength(patches, channels), out float* keys);
        using ScratchLoan valuesLoan = ThreadScratch.Take(Scratch.Values, AttentionPacking.ValueLength(patches, channels), out float* values);
        for (int head = 0; head < _heads; head++)
        {
            float* query = projected + head * channels;
            for (int panel = 0; panel < AttentionPacking.Panels(patches); panel++)
            {
                AttentionPacking.PackKeyPanel(query + _channels, stride, patches, channels, panel, keys);
            }

            AttentionPacking.PackValues(query + 2 * _channels, stride, 0, patches, patches, channels, values);
            new AttentionHead(
                (nint)query, stride, patches, (nint)keys, (nint)values, patches, channels,
                (nint)(_bias.Pointer + (long)head * patches * _masks.Stride), mask, _masks.Stride,
                (nint)(context + head * channels), _channels).Compute();
        }
    }

    /// <summary>The windows of a padded and shifted map, as places in the map itself.</summary>
    private readonly record struct WindowGrid(nint Map, MapSize Size, int Window, int Shift, int Channels)
    {
        public int Columns => (Size.Width + Window - 1) / Window;

        public int RowCount => (Size.Height + Window - 1) / Window;

        public int Count => Columns * RowCount;

        public int Patches => Window * Window;

        /// <summary>The pixel of a patch, or null where the map is padded.</summary>
        public float* Pixel(int window, int patch)
        {
            int y = window / Columns * Window + patch / Window + Shift, x = window % Columns * Window + patch % Window + Shift;
            y -= y >= RowCount * Window ? RowCount * Window : 0;
            x -= x >= Columns * Window ? Columns * Window : 0;
            return y < Size.Height && x < Size.Width ? (float*)Map + ((long)y * Size.Width + x) * Channels : null;
        }
    }

    /// <summary>The patches of windows from a given one on; read normalised, with zeros where the map is padded.</summary>
    private readonly struct WindowPatches(WindowGrid grid, int first, LayerNormKernel norm) : IRowSource, IRowTarget
    {
        public void Copy(int row, float* target)
        {
            float* pixel = grid.Pixel(first + row / grid.Patches, row % grid.Patches);
            if (pixel == null)
            {
                new Span<float>(target, grid.Channels).Clear();
            }
            else
            {
                norm.Apply(pixel, target);
            }
        }

        public float* At(int row, int column)
        {
            float* pixel = grid.Pixel(first + row / grid.Patches, row % grid.Patches);
            return pixel == null ? null : pixel + column;
        }
    }
}
