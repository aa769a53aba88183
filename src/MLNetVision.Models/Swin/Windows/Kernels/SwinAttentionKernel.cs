using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;

namespace MLNetVision.Models.Swin.Windows.Kernels;

/// <summary>
/// A Swin block's norm and windowed attention, forward and backward, a piece of windows at a time: pixels are normalised on
/// their way into the products and gradients go back to their pixels, so that there are no shifted, padded or cut copies of the
/// map, and padded patches take part in attention only.
/// </summary>
/// <param name="layout">The windows.</param>
/// <param name="masks">The masks of shifted windows; null where they are not shifted.</param>
/// <param name="weights">The parameters.</param>
/// <param name="heads">The heads, each of <see cref="WindowHeadKernel.Channels"/> channels.</param>
/// <param name="epsilon">The norm's.</param>
/// <param name="positions">(patches · patches): for each pair of patches its row of the bias table.</param>
internal sealed unsafe class SwinAttentionKernel(
    WindowLayout layout, PackedWindowMasks? masks, SwinAttentionWeights weights, int heads, float epsilon, long[] positions)
{
    private readonly int _channels = heads * WindowHeadKernel.Channels;
    private readonly int _keys = AttentionPacking.Panels(layout.Patches) * GemmKernels.PanelColumns;

    private readonly (nint Weight, nint Bias)[] _projections = weights.Projections;

    private LayerNormRow Norm => new(_channels, epsilon, (float*)weights.NormWeight, (float*)weights.NormBias);

    /// <summary>Computes the attention's output.</summary>
    /// <param name="map">(pixels, channels).</param>
    /// <param name="output">(pixels, channels), written.</param>
    public void Forward(float* map, float* output)
    {
        using NativeBuffer bias = Bias();
        Pieces((first, last, rows) =>
        {
            ScratchLayout parts = default;
            long whole = (long)rows * _channels, readable = (long)(rows + OuterProductKernel.Rows) * _channels;
            long normedPlace = parts.Add(whole), contextPlace = parts.Add(whole), projectedPlace = parts.Add(3 * readable), paddingPlace = parts.Add(3 * _channels);
            using ScratchLoan loan = parts.Take(Scratch.Projected, out float* block);
            float* normed = block + normedPlace, context = block + contextPlace, projected = block + projectedPlace, padding = block + paddingPlace;
            Project(map, first, rows, normed, projected, padding);
            var places = new WindowRows((nint)projected, (nint)padding, (nint)context, 0, 0, 0);
            ForEachHead(first, places, bias, null, (kernel, window, mask) => kernel.Forward(window, (float*)mask), last);
            LinearProducts.Output(new Rows(context, _channels), rows, (float*)weights.OutputWeight, (float*)weights.OutputBias, new Rows(normed, _channels));
            ForEachPixel(first, rows, (row, pixel) => Copy(normed + row * _channels, output + pixel * _channels));
        });
    }

    /// <summary>Computes the gradients.</summary>
    /// <param name="map">(pixels, channels).</param>
    /// <param name="outputGradient">(pixels, channels).</param>
    /// <param name="mapGradient">(pixels, channels), written.</param>
    /// <param name="gradients">Of the parameters; zeros, added to.</param>
    public void Backward(float* map, float* outputGradient, float* mapGradient, SwinAttentionWeights gradients)
    {
        (nint Weight, nint Bias)[] projectionGradients = gradients.Projections;
        using NativeBuffer bias = Bias(), biasGradient = new(bias.Length), padded = new(3L * _channels);
        biasGradient.Span.Clear();
        padded.Span.Clear();
        Pieces((first, last, rows) =>
        {
            ScratchLayout parts = default;
            long whole = (long)rows * _channels, readable = (long)(rows + OuterProductKernel.Rows) * _channels;
            long normedPlace = parts.Add(whole), contextPlace = parts.Add(whole), outerPlace = parts.Add(whole), contextGradientPlace = parts.Add(readable);
            long projectedPlace = parts.Add(3 * readable), projectedGradientPlace = parts.Add(3 * whole), paddingPlace = parts.Add(3 * _channels);
            using ScratchLoan loan = parts.Take(Scratch.Projected, out float* block);
            float* normed = block + normedPlace, context = block + contextPlace, outer = block + outerPlace, contextGradient = block + contextGradientPlace;
            float* projected = block + projectedPlace, projectedGradient = block + projectedGradientPlace, padding = block + paddingPlace;
            Project(map, first, rows, normed, projected, padding);
            ForEachPixel(first, rows, (row, pixel) => Copy(outputGradient + pixel * _channels, outer + row * _channels));
            Rows outerRows = new(outer, _channels), contextRows = new(context, _channels), normedRows = new(normed, _channels);
            LinearProducts.InputGradient(outerRows, rows, (float*)weights.OutputWeight, new Rows(contextGradient, _channels));
            var places = new WindowRows((nint)projected, (nint)padding, (nint)context, (nint)contextGradient, (nint)projectedGradient, (nint)padded.Pointer);
            ForEachHead(first, places, bias, biasGradient, (kernel, window, mask) => kernel.Backward(window, (float*)mask), last);
            LinearProducts.WeightGradient(outerRows, contextRows, rows, (float*)gradients.OutputWeight, addToTarget: true);
            LinearProducts.BiasGradient(outerRows, rows, (float*)gradients.OutputBias, addToTarget: true);

            // The normed rows' gradient takes the place of the output's.
            for (int part = 0; part < 3; part++)
            {
                var gradient = new Rows((nint)(projectedGradient + part * _channels), _channels, 3 * _channels);
                LinearProducts.InputGradient(gradient, rows, (float*)_projections[part].Weight, outerRows, addToTarget: part > 0);
                LinearProducts.WeightGradient(gradient, normedRows, rows, (float*)projectionGradients[part].Weight, addToTarget: true);
                LinearProducts.BiasGradient(gradient, rows, (float*)projectionGradients[part].Bias, addToTarget: true);
            }

            LayerNormRow norm = Norm;
            for (int row = 0; row < rows; row++)
            {
                long pixel = (long)layout.Pixel(layout.FirstRow(first) + row) * _channels;
                norm.Backward(map + pixel, outer + (long)row * _channels, mapGradient + pixel, (float*)gradients.NormWeight, (float*)gradients.NormBias);
            }
        });
        for (int part = 0; part < 3; part++)
        {
            LinearProducts.BiasGradient(new Rows(padded.Pointer + part * _channels, _channels), 1, (float*)projectionGradients[part].Bias, addToTarget: true);
        }

        AddToTable(biasGradient, (float*)gradients.Table);
    }

    // (heads, patches, patches filled up)
    private NativeBuffer Bias()
    {
        var bias = new NativeBuffer((long)heads * layout.Patches * _keys);
        bias.Span.Clear();
        for (int i = 0; i < positions.Length; i++)
        {
            for (int head = 0; head < heads; head++)
            {
                bias.Pointer[BiasPlace(head, i)] = ((float*)weights.Table)[positions[i] * heads + head];
            }
        }

        return bias;
    }

    private void AddToTable(NativeBuffer biasGradient, float* table)
    {
        for (int i = 0; i < positions.Length; i++)
        {
            for (int head = 0; head < heads; head++)
            {
                table[positions[i] * heads + head] += biasGradient.Pointer[BiasPlace(head, i)];
            }
        }
    }

    private long BiasPlace(int head, int pair) => ((long)head * layout.Patches + pair / layout.Patches) * _keys + pair % layout.Patches;

    // Calls an action with the first window, the last one's successor and the number of rows of each piece.
    private void Pieces(Action<int, int, int> action)
    {
        int size = Math.Max(PieceSizes.LeastAttentionRows, PieceSizes.TrainedFloats / (3 * _channels)) / layout.Patches;
        int pieces = Math.Max(1, layout.Count / Math.Max(1, size));
        for (int piece = 0; piece < pieces; piece++)
        {
            (int first, int last) = ((int)((long)piece * layout.Count / pieces), (int)((long)(piece + 1) * layout.Count / pieces));
            action(first, last, layout.FirstRow(last) - layout.FirstRow(first));
        }
    }

    // Normalises the rows, projects them to queries, keys and values, and gathers the projections of a padded patch.
    private void Project(float* map, int firstWindow, int rows, float* normed, float* projected, float* projectedPadding)
    {
        LayerNormRow norm = Norm;
        ForEachPixel(firstWindow, rows, (row, pixel) => norm.Forward(map + pixel * _channels, normed + row * _channels));
        for (int part = 0; part < 3; part++)
        {
            (nint weight, nint bias) = _projections[part];
            LinearProducts.Output(
                new Rows(normed, _channels), rows, (float*)weight, (float*)bias, new Rows((nint)(projected + part * _channels), _channels, 3 * _channels));
            Copy((float*)bias, projectedPadding + part * _channels);
        }
    }

    private void ForEachHead(
        int first, WindowRows places, NativeBuffer bias, NativeBuffer? biasGradient, Action<WindowHeadKernel, int, nint> action, int last)
    {
        long length = (long)layout.Patches * _keys;
        Workers.For(heads, head =>
        {
            using var kernel = new WindowHeadKernel(
                layout, places, layout.FirstRow(first), _channels, head, bias.Pointer + head * length,
                biasGradient is null ? null : biasGradient.Pointer + head * length, _keys);
            for (int window = first; window < last; window++)
            {
                (bool lastRow, bool lastColumn) = layout.IsLast(window);
                action(kernel, window, masks?.Get(lastRow, lastColumn) ?? 0);
            }
        });
    }

    private void ForEachPixel(int firstWindow, int rows, Action<long, long> action)
    {
        int firstRow = layout.FirstRow(firstWindow);
        Workers.ForRanges(rows, (first, last) =>
        {
            for (int row = first; row < last; row++)
            {
                action(row, layout.Pixel(firstRow + row));
            }
        });
    }

    private void Copy(float* source, float* target) => new ReadOnlySpan<float>(source, _channels).CopyTo(new Span<float>(target, _channels));
}
