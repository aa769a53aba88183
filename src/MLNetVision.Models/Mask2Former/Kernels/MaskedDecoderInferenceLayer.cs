using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Mask2Former.Config;

namespace MLNetVision.Models.Mask2Former.Kernels;

/// <summary>A layer of the masked decoder for prediction; it changes the queries in place.</summary>
internal sealed unsafe class MaskedDecoderInferenceLayer : IDisposable
{
    private readonly int _heads;
    private readonly int _channels;
    private readonly int _count;
    private readonly bool _preNorm;
    private readonly Activation _activation;
    private readonly PackedPanels _crossQuery;
    private readonly PackedPanels _crossKey;
    private readonly PackedPanels _crossValue;
    private readonly PackedPanels _crossOutput;
    private readonly PackedPanels _selfQueryKey;
    private readonly PackedPanels _selfValue;
    private readonly PackedPanels _selfOutput;
    private readonly PackedPanels _up;
    private readonly PackedPanels _down;
    private readonly LayerNormKernel _crossNorm;
    private readonly LayerNormKernel _selfNorm;
    private readonly LayerNormKernel _finalNorm;

    /// <param name="layer">The layer's weights.</param>
    /// <param name="config">The model's settings.</param>
    /// <param name="levelEmbed">The embedding of the level that the layer looks at.</param>
    /// <param name="precision">In which numbers the linear layers multiply.</param>
    public MaskedDecoderInferenceLayer(WeightScope layer, Mask2FormerConfig config, ReadOnlySpan<float> levelEmbed, ScoringPrecision precision)
    {
        _heads = config.NumAttentionHeads;
        _channels = config.HiddenDim;
        _count = config.NumQueries;
        _preNorm = config.PreNorm;
        _activation = InferenceActivations.Get(config.ActivationFunction);
        float scale = (float)(1 / Math.Sqrt((double)_channels / _heads));
        WeightScope cross = layer.In("cross_attn"), self = layer.In("self_attn");
        float[] weight = cross.Read("in_proj_weight", 3 * _channels, _channels), bias = cross.Read("in_proj_bias", 3 * _channels);
        int square = _channels * _channels;
        _crossQuery = PackedPanels.From(Scaled(weight[..square], scale), Scaled(bias[.._channels], scale), precision);
        _crossKey = PackedPanels.From(weight[square..(2 * square)], bias[_channels..(2 * _channels)], precision); // the level's embedding comes with the positions
        _crossValue = PackedPanels.From(weight[(2 * square)..], BiasWith(levelEmbed, weight.AsSpan(2 * square), bias.AsSpan(2 * _channels)), precision);
        _crossOutput = cross.In("out_proj").Linear(_channels, _channels, precision);
        WeightScope query = self.In("q_proj"), key = self.In("k_proj");
        _selfQueryKey = PackedPanels.From(
            [.. Scaled(query.Read("weight", _channels, _channels), scale), .. key.Read("weight", _channels, _channels)],
            [.. Scaled(query.Read("bias", _channels), scale), .. key.Read("bias", _channels)], precision);
        _selfValue = self.In("v_proj").Linear(_channels, _channels, precision);
        _selfOutput = self.In("out_proj").Linear(_channels, _channels, precision);
        _up = layer.In("fc1").Linear(config.DimFeedforward, _channels, precision);
        _down = layer.In("fc2").Linear(_channels, config.DimFeedforward, precision);
        _crossNorm = layer.In("cross_attn_layer_norm").LayerNorm(_channels);
        _selfNorm = layer.In("self_attn_layer_norm").LayerNorm(_channels);
        _finalNorm = layer.In("final_layer_norm").LayerNorm(_channels);
    }

    public void Run(
        Rows queries, Rows queryPositions, Rows states, PositionTables positions, (int Index, MapSize Size) level, float* mask, int maskStride, BufferLoans loans)
    {
        using BufferPool.Lease input = loans.Rent((long)_count * _channels);
        var normed = new Rows(input.Pointer, _channels);
        CrossAttend(queries, Before(queries, normed, _crossNorm), queryPositions, states, positions, level, ((nint)mask, maskStride), loans);
        After(queries, _crossNorm);
        SelfAttend(queries, Before(queries, normed, _selfNorm), queryPositions, loans);
        After(queries, _selfNorm);

        Rows inner = Before(queries, normed, _finalNorm);
        using BufferPool.Lease memory = loans.Rent((long)_count * _up.Outputs);
        var hidden = new Rows(memory.Pointer, _up.Outputs);
        MatrixProduct.Compute(_count, inner, _up, hidden, _activation);
        MatrixProduct.Compute(_count, hidden, _down, queries, addToTarget: true);
        After(queries, _finalNorm);
    }

    public void Dispose()
    {
        foreach (PackedPanels matrix in new[] { _crossQuery, _crossKey, _crossValue, _crossOutput, _selfQueryKey, _selfValue, _selfOutput, _up, _down })
        {
            matrix.Dispose();
        }

        _crossNorm.Dispose();
        _selfNorm.Dispose();
        _finalNorm.Dispose();
    }

    private static float[] Scaled(float[] values, float scale) => Array.ConvertAll(values, value => value * scale);

    /// <summary>A projection's bias with what the projection makes of an embedding that all its inputs have in common.</summary>
    private static float[] BiasWith(ReadOnlySpan<float> embedding, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        var sums = new float[bias.Length];
        for (int output = 0; output < sums.Length; output++)
        {
            double sum = bias[output];
            for (int input = 0; input < embedding.Length; input++)
            {
                sum += (double)weight[output * embedding.Length + input] * embedding[input];
            }

            sums[output] = (float)sum;
        }

        return sums;
    }

    private Rows Before(Rows queries, Rows normed, LayerNormKernel norm)
    {
        if (!_preNorm)
        {
            return queries;
        }

        norm.ApplyParallel(queries.Row(0), normed.Row(0), _count);
        return normed;
    }

    private void After(Rows queries, LayerNormKernel norm)
    {
        if (!_preNorm)
        {
            norm.ApplyParallel(queries.Row(0), queries.Row(0), _count);
        }
    }

    private void CrossAttend(
        Rows target, Rows queries, Rows queryPositions, Rows states, PositionTables positions, (int Index, MapSize Size) level, (nint Start, int Stride) mask, BufferLoans loans)
    {
        int keys = level.Size.Area;
        using BufferPool.Lease query = loans.Rent((long)_count * _channels), key = loans.Rent((long)keys * _channels), value = loans.Rent((long)keys * _channels);
        MatrixProduct.Compute(_count, new SummedRows(queries, queryPositions), _crossQuery, new Rows(query.Pointer, _channels));
        MatrixProduct.Compute(keys, positions.Add(states, level.Index, level.Index), _crossKey, new Rows(key.Pointer, _channels));
        MatrixProduct.Compute(keys, states, _crossValue, new Rows(value.Pointer, _channels));
        Attend(new Rows(query.Pointer, _channels), new Rows(key.Pointer, _channels), new Rows(value.Pointer, _channels), keys, mask, _crossOutput, target, loans);
    }

    private void SelfAttend(Rows target, Rows queries, Rows queryPositions, BufferLoans loans)
    {
        using BufferPool.Lease queryKey = loans.Rent(2L * _count * _channels), value = loans.Rent((long)_count * _channels);
        MatrixProduct.Compute(_count, new SummedRows(queries, queryPositions), _selfQueryKey, new Rows(queryKey.Pointer, 2 * _channels));
        MatrixProduct.Compute(_count, queries, _selfValue, new Rows(value.Pointer, _channels));
        var query = new Rows((nint)queryKey.Pointer, _channels, 2 * _channels);
        var key = new Rows((nint)(queryKey.Pointer + _channels), _channels, 2 * _channels);
        Attend(query, key, new Rows(value.Pointer, _channels), _count, mask: default, _selfOutput, target, loans);
    }

    /// <summary>Attention of all heads, projected and added to the target.</summary>
    private void Attend(Rows queries, Rows keys, Rows values, int keyCount, (nint Start, int Stride) mask, PackedPanels output, Rows target, BufferLoans loans)
    {
        int channels = _channels / _heads, panels = AttentionPacking.Panels(keyCount);
        long keyLength = AttentionPacking.KeyLength(keyCount, channels), valueLength = AttentionPacking.ValueLength(keyCount, channels);
        using BufferPool.Lease packedKeys = loans.Rent(_heads * keyLength), packedValues = loans.Rent(_heads * valueLength), context = loans.Rent((long)_count * _channels);
        nint keyStart = (nint)packedKeys.Pointer, valueStart = (nint)packedValues.Pointer, contextStart = (nint)context.Pointer;
        Workers.ForRanges(panels, (first, last) =>
        {
            for (int head = 0; head < _heads; head++)
            {
                for (int panel = first; panel < last; panel++)
                {
                    AttentionPacking.PackKeyPanel(keys.Row(0) + head * channels, keys.Stride, keyCount, channels, panel, (float*)keyStart + head * keyLength);
                }

                AttentionPacking.PackValues(
                    values.Row(0) + head * channels, values.Stride, first * GemmKernels.PanelColumns, Math.Min(keyCount, last * GemmKernels.PanelColumns),
                    keyCount, channels, (float*)valueStart + head * valueLength);
            }
        });

        int blocks = (_count + GemmKernels.BlockRows - 1) / GemmKernels.BlockRows;
        Workers.For(_heads * blocks, piece =>
        {
            int head = piece / blocks;
            new AttentionHead(
                (nint)(queries.Row(0) + head * channels), queries.Stride, _count,
                (nint)((float*)keyStart + head * keyLength), (nint)((float*)valueStart + head * valueLength), keyCount, channels,
                mask.Start, 0, mask.Stride, (nint)((float*)contextStart + head * channels), _channels).Compute(piece % blocks);
        });
        MatrixProduct.Compute(_count, new Rows(context.Pointer, _channels), output, target, addToTarget: true);
    }
}
