using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Deformable.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Deformable;

/// <summary>
/// Multi-scale deformable attention (Deformable DETR, section 4.1): each query looks, per head and level, at a few
/// points around its own place that it computes from its own features. New weights, and the rings that the offsets begin
/// with, are drawn by <see cref="Mask2FormerInitialization"/>.
/// </summary>
internal sealed class DeformableAttention : nn.Module
{
    [ComponentName(Name = "sampling_offsets")]
    private readonly Linear _samplingOffsets;

    [ComponentName(Name = "attention_weights")]
    private readonly Linear _attentionWeights;

    [ComponentName(Name = "value_proj")]
    private readonly Linear _valueProjection;

    [ComponentName(Name = "output_proj")]
    private readonly Linear _outputProjection;

    private readonly int _heads;

    public DeformableAttention(int channels, int heads)
        : base(nameof(DeformableAttention))
    {
        _heads = heads;
        long samples = (long)heads * Mask2FormerConfig.FeatureLevels * Mask2FormerConfig.SamplingPoints;
        _samplingOffsets = nn.Linear(channels, samples * 2);
        _attentionWeights = nn.Linear(channels, samples);
        _valueProjection = nn.Linear(channels, channels);
        _outputProjection = nn.Linear(channels, channels);
        RegisterComponents();
    }

    public Linear SamplingOffsets => _samplingOffsets;

    public Linear AttentionWeights => _attentionWeights;

    public Linear ValueProjection => _valueProjection;

    public Linear OutputProjection => _outputProjection;

    /// <param name="states">(batch, sequence, channels), the levels one after another.</param>
    /// <param name="positions">(1, sequence, channels), added to the queries.</param>
    /// <param name="geometry">The levels and the places of their pixels.</param>
    public Tensor Forward(Tensor states, Tensor positions, LevelGeometry geometry)
    {
        const int Levels = Mask2FormerConfig.FeatureLevels, Points = Mask2FormerConfig.SamplingPoints;
        long batch = states.shape[0], length = states.shape[1];
        Tensor queries = states.Plus(positions);
        Tensor value = TrainedLinear.Apply(states, _valueProjection).view(batch, length, _heads, -1);
        Tensor offsets = TrainedLinear.Apply(queries, _samplingOffsets).view(batch, length, _heads, Levels, Points, 2);
        Tensor weights = TrainedLinear.Apply(queries, _attentionWeights).view(batch, length, _heads, Levels * Points).softmax(-1)
            .view(batch, length, _heads, Levels, Points);

        // Offsets count pixels of their level; locations are fractions of it. Eight bits of fraction would miss the pixels of a large level.
        ScalarType exact = geometry.ReferencePoints.dtype;
        Tensor locations = geometry.ReferencePoints.view(1, length, 1, 1, 1, 2).PlusQuotient(offsets.to(exact), geometry.Sizes.view(1, 1, 1, Levels, 1, 2));
        Tensor sampled = DeformableSampling.Apply(value.to(exact), geometry.Levels, locations, weights.to(exact));
        return TrainedLinear.Apply(sampled.to(states.dtype), _outputProjection);
    }
}
