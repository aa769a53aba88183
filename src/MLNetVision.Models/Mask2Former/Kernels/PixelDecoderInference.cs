using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Swin.Kernels;

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

    /// <param name="config">The model's settings.</param>
    /// <param name="decoder">The decoder's weights.</param>
    /// <param name="precision">In which numbers the layers multiply.</param>
    public PixelDecoderInference(Mask2FormerConfig config, WeightScope decoder, ScoringPrecision precision)
    {
        _channels = config.FeatureSize;
        _levelEmbed = FloatCopy.Of(decoder.Read("level_embed", Mask2FormerConfig.FeatureLevels, _channels));
        SwinConfig backbone = config.BackboneConfig;
        int[] widths = [.. backbone.FeaturesBySize.Select(backbone.ChannelsOf)];
        foreach (int width in widths.Reverse().Take(Mask2FormerConfig.FeatureLevels))
        {
            WeightScope projection = decoder.In("input_projections").In(_inputs.Count);
            _inputs.Add((projection.In(0).Convolution(_channels, width, side: 1, precision), projection.In(1).GroupNorm(Mask2FormerConfig.NormGroups, _channels)));
        }

        _layers = [.. Enumerable.Range(0, config.EncoderLayers).Select(layer => new PixelEncoderInferenceLayer(decoder.In("encoder").In("layers").In(layer), config, precision))];
        foreach (int width in widths.Take(config.FpnLevels))
        {
            int number = _fpnLevels.Count + 1;
            _fpnLevels.Add(new FpnInferenceLevel(decoder.In($"adapter_{number}"), decoder.In($"layer_{number}"), width, _channels, precision));
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
    private readonly DeformableInference _attention;
    private readonly PackedPanels _output;
    private readonly LayerNormKernel _attentionNorm;
    private readonly PackedPanels _up;
    private readonly PackedPanels _down;
    private readonly LayerNormKernel _finalNorm;

    public PixelEncoderInferenceLayer(WeightScope layer, Mask2FormerConfig config, ScoringPrecision precision)
    {
        int channels = config.FeatureSize;
        _attention = new DeformableInference(layer.In("self_attn"), channels, config.NumAttentionHeads, precision);
        _output = layer.In("self_attn").In("output_proj").Linear(channels, channels, precision);
        _attentionNorm = layer.In("self_attn_layer_norm").LayerNorm(channels);
        _up = layer.In("fc1").Linear(config.EncoderFeedforwardDim, channels, precision);
        _down = layer.In("fc2").Linear(channels, config.EncoderFeedforwardDim, precision);
        _finalNorm = layer.In("final_layer_norm").LayerNorm(channels);
    }

    /// <summary>Runs the layer in place; <paramref name="attended"/> is memory of the states' size.</summary>
    public void Run(Rows states, PositionTables positions, IReadOnlyList<MapSize> levels, BufferLoans loans, float* attended)
    {
        int count = levels.Sum(level => level.Area);
        _attention.Run(states, positions, levels, loans, attended);
        nint memory = (nint)attended;
        int size = Math.Clamp(count / (PieceSizes.PerThread * KernelThreads.Current), GemmKernels.BlockRows, PieceSizes.EncoderRows) / GemmKernels.BlockRows * GemmKernels.BlockRows;
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

    private const int Side = 3;

    /// <param name="lateral">The weights of the projection of the backbone's map and of its norm.</param>
    /// <param name="output">Those of the 3 × 3 convolution.</param>
    /// <param name="width">The channels of the backbone's map.</param>
    /// <param name="channels">The channels of the decoder.</param>
    /// <param name="precision">In which numbers the convolutions multiply.</param>
    public FpnInferenceLevel(WeightScope lateral, WeightScope output, int width, int channels, ScoringPrecision precision)
    {
        _lateral = lateral.In(0).Convolution(channels, width, side: 1, precision, hasBias: false);
        _lateralNorm = lateral.In(1).GroupNorm(Mask2FormerConfig.NormGroups, channels);
        _output = PackedPanels.From(ByPixel(output.In(0).Read("weight", channels, channels, Side, Side), channels), new float[channels], precision);
        _outputNorm = output.In(1).GroupNorm(Mask2FormerConfig.NormGroups, channels);
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

    /// <summary>(outputs, inputs, 3, 3) -> (outputs, 3 · 3 · inputs), as the rows hold a neighbourhood.</summary>
    private static float[] ByPixel(float[] weight, int inputs)
    {
        const int Taps = Side * Side;
        var turned = new float[weight.Length];
        for (int i = 0; i < weight.Length; i++)
        {
            (int output, int input, int tap) = (i / (inputs * Taps), i / Taps % inputs, i % Taps);
            turned[(output * Taps + tap) * inputs + input] = weight[i];
        }

        return turned;
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
