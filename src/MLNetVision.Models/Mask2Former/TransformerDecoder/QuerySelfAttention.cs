using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.TransformerDecoder;

/// <summary>Attention among the queries; their position embeddings count for queries and keys, not for values.</summary>
internal sealed class QuerySelfAttention : nn.Module
{
    [ComponentName(Name = "k_proj")]
    private readonly Linear _key;

    [ComponentName(Name = "v_proj")]
    private readonly Linear _value;

    [ComponentName(Name = "q_proj")]
    private readonly Linear _query;

    [ComponentName(Name = "out_proj")]
    private readonly Linear _output;

    private readonly int _heads;
    private readonly double _dropout;
    private readonly Generator? _generator;

    public QuerySelfAttention(Mask2FormerConfig config, Generator? generator)
        : base(nameof(QuerySelfAttention))
    {
        int channels = config.HiddenDim;
        _heads = config.NumAttentionHeads;
        _dropout = config.Dropout;
        _generator = generator;
        _key = nn.Linear(channels, channels);
        _value = nn.Linear(channels, channels);
        _query = nn.Linear(channels, channels);
        _output = nn.Linear(channels, channels);
        RegisterComponents();
    }

    public (Linear Query, Linear Key, Linear Value, Linear Output) Projections => (_query, _key, _value, _output);

    public (Tensor Output, Tensor? Weights) Forward(Tensor states, Tensor positions, bool needWeights)
    {
        Tensor placed = states.Plus(positions);
        Func<Tensor, Tensor>? dropout = training && _dropout > 0 ? x => SeededDropout.Apply(x, _dropout, training, _generator) : null;
        (Tensor output, Tensor? weights) = MultiHeadAttention.Compute(
            FlatLinear.Apply(placed, _query), FlatLinear.Apply(placed, _key), FlatLinear.Apply(states, _value), _heads, allowed: null, needWeights, dropout);
        return (FlatLinear.Apply(output, _output), weights);
    }
}
