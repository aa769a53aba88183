using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.TransformerDecoder;

/// <summary>Masked attention to one level, attention among the queries, an MLP (Mask2Former, figure 2), each residual with its norm before or behind.</summary>
internal sealed class MaskedDecoderLayer : nn.Module
{
    [ComponentName(Name = "self_attn")]
    private readonly QuerySelfAttention _selfAttention;

    [ComponentName(Name = "self_attn_layer_norm")]
    private readonly LayerNorm _selfAttentionNorm;

    [ComponentName(Name = "cross_attn")]
    private readonly MaskedCrossAttention _crossAttention;

    [ComponentName(Name = "cross_attn_layer_norm")]
    private readonly LayerNorm _crossAttentionNorm;

    [ComponentName(Name = "fc1")]
    private readonly Linear _up;

    [ComponentName(Name = "fc2")]
    private readonly Linear _down;

    [ComponentName(Name = "final_layer_norm")]
    private readonly LayerNorm _finalNorm;

    private readonly bool _preNorm;
    private readonly double _dropout;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly Generator? _generator;

    public MaskedDecoderLayer(Mask2FormerConfig config, Generator? generator)
        : base(nameof(MaskedDecoderLayer))
    {
        _selfAttention = new QuerySelfAttention(config, generator);
        _selfAttentionNorm = nn.LayerNorm(config.HiddenDim);
        _crossAttention = new MaskedCrossAttention(config, generator);
        _crossAttentionNorm = nn.LayerNorm(config.HiddenDim);
        _up = nn.Linear(config.HiddenDim, config.DimFeedforward);
        _down = nn.Linear(config.DimFeedforward, config.HiddenDim);
        _finalNorm = nn.LayerNorm(config.HiddenDim);
        _preNorm = config.PreNorm;
        _dropout = config.Dropout;
        _activation = Activations.Get(config.ActivationFunction);
        _generator = generator;
        RegisterComponents();
    }

    public QuerySelfAttention SelfAttention => _selfAttention;

    public MaskedCrossAttention CrossAttention => _crossAttention;

    public (Linear Up, Linear Down) Mlp => (_up, _down);

    /// <param name="queries">(batch, queries, channels).</param>
    /// <param name="queryPositions">(queries, channels).</param>
    /// <param name="level">(batch, pixels, channels).</param>
    /// <param name="levelKeys">The same with its position embeddings.</param>
    /// <param name="allowed">Bool (batch, queries, pixels).</param>
    /// <param name="needWeights">Whether the self-attention weights are returned.</param>
    public (Tensor Queries, Tensor? Weights) Forward(
        Tensor queries, Tensor queryPositions, Tensor level, Tensor levelKeys, Tensor allowed, bool needWeights)
    {
        using var scope = NewDisposeScope();
        Tensor? weights = null;
        queries = Residual(queries, _crossAttentionNorm, x =>
            _crossAttention.Forward(x.Plus(queryPositions), levelKeys, level, allowed));
        queries = Residual(queries, _selfAttentionNorm, x =>
        {
            (Tensor output, weights) = _selfAttention.Forward(x, queryPositions, needWeights);
            return output;
        });
        queries = Residual(queries, _finalNorm, x => FlatLinear.Apply(Dropout(_activation(FlatLinear.Apply(x, _up))), _down));
        return (queries.MoveToOuterDisposeScope(), weights?.MoveToOuterDisposeScope());
    }

    private Tensor Residual(Tensor x, LayerNorm norm, Func<Tensor, Tensor> block) =>
        _preNorm ? x.Plus(Dropout(block(norm.Normalize(x)))) : norm.Normalize(x.Plus(Dropout(block(x))));

    private Tensor Dropout(Tensor x) => SeededDropout.Apply(x, _dropout, training, _generator);
}
