using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Deformable;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Mask2Former.Pixels;

/// <summary>The deformable-attention layers of the pixel decoder, under the key "layers".</summary>
internal sealed class PixelDecoderEncoder : nn.Module
{
    [ComponentName(Name = "layers")]
    private readonly ModuleList<PixelDecoderEncoderLayer> _layers;

    private readonly LevelGeometries _geometries = new();
    private readonly Generator? _generator;

    public PixelDecoderEncoder(Mask2FormerConfig config, Generator? generator)
        : base(nameof(PixelDecoderEncoder))
    {
        _generator = generator;
        _layers = nn.ModuleList([.. Enumerable.Range(0, config.EncoderLayers).Select(_ => new PixelDecoderEncoderLayer(config, generator))]);
        RegisterComponents();
        Layers = [.. _layers];
    }

    public IReadOnlyList<PixelDecoderEncoderLayer> Layers { get; }

    /// <summary>Whether training keeps each layer's input only and computes the layer once more for its gradients.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <param name="states">(batch, sequence, channels), the levels one after another.</param>
    /// <param name="positions">(1, sequence, channels).</param>
    /// <param name="levels">The sizes of the levels.</param>
    public Tensor Forward(Tensor states, Tensor positions, IReadOnlyList<MapSize> levels)
    {
        LevelGeometry geometry = _geometries.Get(levels, states);
        foreach (PixelDecoderEncoderLayer layer in Layers)
        {
            states = GradientCheckpointing
                ? Recomputation.Checkpoint(inputs => layer.Forward(inputs[0], inputs[1], _geometries.Get(levels, inputs[0])), _generator, states, positions)
                : layer.Forward(states, positions, geometry);
        }

        return states;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _geometries.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Deformable self-attention over all levels, then an MLP, both residual with the norm behind.</summary>
/// <remarks>Hugging Face clamps infinite states in training; here they stay, and the training step that meets them is skipped.</remarks>
internal sealed class PixelDecoderEncoderLayer : nn.Module
{
    [ComponentName(Name = "self_attn")]
    private readonly DeformableAttention _attention;

    [ComponentName(Name = "self_attn_layer_norm")]
    private readonly LayerNorm _attentionNorm;

    [ComponentName(Name = "fc1")]
    private readonly Linear _up;

    [ComponentName(Name = "fc2")]
    private readonly Linear _down;

    [ComponentName(Name = "final_layer_norm")]
    private readonly LayerNorm _finalNorm;

    private readonly double _dropout;
    private readonly Generator? _generator;

    public PixelDecoderEncoderLayer(Mask2FormerConfig config, Generator? generator)
        : base(nameof(PixelDecoderEncoderLayer))
    {
        _attention = new DeformableAttention(config.FeatureSize, config.NumAttentionHeads);
        _attentionNorm = nn.LayerNorm(config.FeatureSize);
        _up = nn.Linear(config.FeatureSize, config.EncoderFeedforwardDim);
        _down = nn.Linear(config.EncoderFeedforwardDim, config.FeatureSize);
        _finalNorm = nn.LayerNorm(config.FeatureSize);
        _dropout = config.Dropout;
        _generator = generator;
        RegisterComponents();
    }

    public DeformableAttention Attention => _attention;

    public (Linear Up, Linear Down) Mlp => (_up, _down);

    public Tensor Forward(Tensor states, Tensor positions, LevelGeometry geometry)
    {
        using var scope = NewDisposeScope();
        Tensor attended = _attentionNorm.Normalize(states.Plus(Dropout(_attention.Forward(states, positions, geometry))));
        Tensor output = training && _dropout > 0
            ? FlatLinear.Apply(Dropout(F.relu(FlatLinear.Apply(attended, _up))), _down)
            : RecomputedMlp.Apply(attended, _up, "relu", _down);
        return _finalNorm.Normalize(attended.Plus(Dropout(output))).MoveToOuterDisposeScope();
    }

    private Tensor Dropout(Tensor x) => SeededDropout.Apply(x, _dropout, training, _generator);
}
