using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Pixels;
using MLNetVision.Models.Swin.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Kernels;

/// <summary>What the pixel decoder makes for prediction. The owner returns the buffers.</summary>
/// <param name="States">The three levels' pixels, the smallest level first.</param>
/// <param name="Levels">Their sizes.</param>
/// <param name="Finest">The map from which masks are made, before its projection.</param>
/// <param name="FinestSize">Its size.</param>
internal sealed record PixelFeatures(BufferPool.Lease States, IReadOnlyList<MapSize> Levels, BufferPool.Lease Finest, MapSize FinestSize) : IDisposable
{
    public void Dispose()
    {
        States.Dispose();
        Finest.Dispose();
    }
}

/// <summary>The pixel decoder for prediction. The projection to mask features is left to the mask embeddings, of which there are fewer.</summary>
internal sealed unsafe class PixelDecoderInference : IDisposable
{
    private readonly int _channels;
    private readonly NativeBuffer _levelEmbed;
    private readonly List<(PackedPanels Projection, GroupNormKernel Norm)> _inputs = [];
    private readonly PixelEncoderInferenceLayer[] _layers;
    private readonly List<FpnInferenceLevel> _fpnLevels = [];

    public PixelDecoderInference(PixelDecoder decoder, Mask2FormerConfig config, ScoringPrecision precision)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _channels = config.FeatureSize;
        _levelEmbed = FloatCopy.Of(decoder.LevelEmbed);
        foreach (NormedConvolution projection in decoder.InputProjections)
        {
            _inputs.Add((PackedPanels.From(projection.Convolution.Weight.flatten(1), projection.Convolution.Bias, precision), new GroupNormKernel(projection.Norm)));
        }

        _layers = [.. decoder.Encoder.Layers.Select(layer => new PixelEncoderInferenceLayer(layer, config.NumAttentionHeads, precision))];
        foreach ((NormedConvolution lateral, NormedConvolution output) in decoder.FpnLevels)
        {
            _fpnLevels.Add(new FpnInferenceLevel(lateral, output, precision));
        }
    }

    /// <summary>Runs the decoder and returns the backbone's buffers.</summary>
    /// <param name="features">The backbone's maps, from the largest to the smallest.</param>
    /// <param name="loans">Lends the memory.</param>
    public PixelFeatures Run(IReadOnlyList<SwinFeature> features, BufferLoans loans)
    {
        SwinFeature[] maps = [.. features.Reverse().Take(_inputs.Count)];
        MapSize[] levels = [.. maps.Select(map => map.Size)];
        int count = levels.Sum(level => level.Area);
        BufferPool.Lease states = loans.Rent((long)count * _channels);
        float* level = states.Pointer;
        for (int i = 0; i < maps.Length; level += (long)levels[i].Area * _channels, i++)
        {
            MatrixProduct.Compute(levels[i].Area, maps[i].Rows, _inputs[i].Projection, new Rows(level, _channels));
            _inputs[i].Norm.Apply(level, levels[i]);
        }

        foreach (SwinFeature map in features.Skip(_fpnLevels.Count))
        {
            map.Buffer.Dispose();
        }

        Encode(new Rows(states.Pointer, _channels), levels, loans);
        return Upsample(features, states, levels, loans);
    }

    public void Dispose()
    {
        _levelEmbed.Dispose();
        foreach ((PackedPanels projection, GroupNormKernel norm) in _inputs)
        {
            projection.Dispose();
            norm.Dispose();
        }

        Array.ForEach(_layers, layer => layer.Dispose());
        _fpnLevels.ForEach(level => level.Dispose());
    }

    private void Encode(Rows states, MapSize[] levels, BufferLoans loans)
    {
        using var positions = new PositionTables(levels, _channels, _levelEmbed);
        using BufferPool.Lease attended = loans.Rent((long)levels.Sum(level => level.Area) * _channels);
        foreach (PixelEncoderInferenceLayer layer in _layers)
        {
            layer.Run(states, positions, levels, loans, attended.Pointer);
        }
    }

    private PixelFeatures Upsample(IReadOnlyList<SwinFeature> features, BufferPool.Lease states, MapSize[] levels, BufferLoans loans)
    {
        MapSize size = levels[^1];
        float* coarse = states.Pointer + (long)levels.SkipLast(1).Sum(level => level.Area) * _channels;
        BufferPool.Lease? finest = null;
        for (int i = _fpnLevels.Count - 1; i >= 0; i--)
        {
            BufferPool.Lease next = _fpnLevels[i].Run(features[i], coarse, size, loans);
            features[i].Buffer.Dispose();
            finest?.Dispose();
            finest = next;
            coarse = next.Pointer;
            size = features[i].Size;
        }

        if (finest is null)
        {
            // Masks are made at the resolution of the last level.
            finest = loans.Rent((long)size.Area * _channels);
            new Span<float>(coarse, size.Area * _channels).CopyTo(new Span<float>(finest.Pointer, size.Area * _channels));
        }

        return new PixelFeatures(states, levels, finest, size);
    }
}

/// <summary>A layer of deformable attention for prediction.</summary>
internal sealed unsafe class PixelEncoderInferenceLayer : IDisposable
{
    private const int RowsPerPiece = 192;

    private readonly DeformableInference _attention;
    private readonly PackedPanels _output;
    private readonly LayerNormKernel _attentionNorm;
    private readonly PackedPanels _up;
    private readonly PackedPanels _down;
    private readonly LayerNormKernel _finalNorm;

    public PixelEncoderInferenceLayer(PixelDecoderEncoderLayer layer, int heads, ScoringPrecision precision)
    {
        _attention = new DeformableInference(layer.Attention, heads, precision);
        _output = PackedPanels.From(layer.Attention.OutputProjection.weight!, layer.Attention.OutputProjection.bias, precision);
        _attentionNorm = new LayerNormKernel(layer.Norms.Attention);
        _up = PackedPanels.From(layer.Mlp.Up.weight!, layer.Mlp.Up.bias, precision);
        _down = PackedPanels.From(layer.Mlp.Down.weight!, layer.Mlp.Down.bias, precision);
        _finalNorm = new LayerNormKernel(layer.Norms.Final);
    }

    /// <summary>Runs the layer in place; <paramref name="attended"/> is memory of the states' size.</summary>
    public void Run(Rows states, PositionTables positions, IReadOnlyList<MapSize> levels, BufferLoans loans, float* attended)
    {
        int count = levels.Sum(level => level.Area);
        _attention.Run(states, positions, levels, loans, attended);
        nint memory = (nint)attended;
        int size = Math.Clamp(count / (4 * get_num_threads()), GemmKernels.BlockRows, RowsPerPiece) / GemmKernels.BlockRows * GemmKernels.BlockRows;
        Workers.For((count + size - 1) / size, piece =>
        {
            int first = piece * size, rows = Math.Min(size, count - first);
            var part = new Rows(states.Row(first), states.Length);
            MatrixProduct.ComputeHere(rows, new Rows((float*)memory + (long)first * states.Length, states.Length), _output, part, addToTarget: true);
            _attentionNorm.Apply(part.Row(0), rows);
            using ScratchLoan hiddenLoan = ThreadScratch.Take(Scratch.Hidden, (long)rows * _up.Outputs, out float* hiddenStart);
            var hidden = new Rows(hiddenStart, _up.Outputs);
            MatrixProduct.ComputeHere(rows, part, _up, hidden, Activation.Relu);
            MatrixProduct.ComputeHere(rows, hidden, _down, part, addToTarget: true);
            _finalNorm.Apply(part.Row(0), rows);
        });
    }

    public void Dispose()
    {
        _attention.Dispose();
        _output.Dispose();
        _attentionNorm.Dispose();
        _up.Dispose();
        _down.Dispose();
        _finalNorm.Dispose();
    }
}

/// <summary>One doubling of the resolution for prediction: a projected map of the backbone plus the upsampled level, then a 3 × 3 convolution.</summary>
internal sealed unsafe class FpnInferenceLevel : IDisposable
{
    private readonly PackedPanels _lateral;
    private readonly GroupNormKernel _lateralNorm;
    private readonly PackedPanels _output;
    private readonly GroupNormKernel _outputNorm;

    public FpnInferenceLevel(NormedConvolution lateral, NormedConvolution output, ScoringPrecision precision)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _lateral = PackedPanels.From(lateral.Convolution.Weight.flatten(1), bias: null, precision);
        _lateralNorm = new GroupNormKernel(lateral.Norm);

        // (outputs, inputs, 3, 3) -> (outputs, 3 * 3 * inputs), as the rows hold a neighbourhood.
        _output = PackedPanels.From(output.Convolution.Weight.permute(0, 2, 3, 1).flatten(1), bias: null, precision);
        _outputNorm = new GroupNormKernel(output.Norm);
    }

    public BufferPool.Lease Run(SwinFeature feature, float* coarse, MapSize coarseSize, BufferLoans loans)
    {
        int channels = _lateral.Outputs, area = feature.Size.Area;
        using BufferPool.Lease sum = loans.Rent((long)area * channels);
        MatrixProduct.Compute(area, feature.Rows, _lateral, new Rows(sum.Pointer, channels));
        _lateralNorm.Apply(sum.Pointer, feature.Size, added: new BilinearMap((nint)coarse, coarseSize, feature.Size, channels));
        BufferPool.Lease result = loans.Rent((long)area * channels);
        MatrixProduct.Compute(area, new Neighbourhoods((nint)sum.Pointer, feature.Size, channels), _output, new Rows(result.Pointer, channels));
        _outputNorm.Apply(result.Pointer, feature.Size, relu: true);
        return result;
    }

    public void Dispose()
    {
        _lateral.Dispose();
        _lateralNorm.Dispose();
        _output.Dispose();
        _outputNorm.Dispose();
    }

    /// <summary>Each pixel with its eight neighbours, row by row, zeros outside the map.</summary>
    private readonly struct Neighbourhoods(nint map, MapSize size, int channels) : IRowSource
    {
        public void Copy(int row, float* target)
        {
            int y = row / size.Width, x = row % size.Width;
            for (int tap = 0; tap < 9; tap++)
            {
                int ny = y + tap / 3 - 1, nx = x + tap % 3 - 1;
                bool inside = (uint)ny < (uint)size.Height && (uint)nx < (uint)size.Width;
                var to = new Span<float>(target + tap * channels, channels);
                if (inside)
                {
                    new ReadOnlySpan<float>((float*)map + ((long)ny * size.Width + nx) * channels, channels).CopyTo(to);
                }
                else
                {
                    to.Clear();
                }
            }
        }
    }
}
