using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Config;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Mask2Former.Queries;

/// <summary>Multi-head attention on projected queries, keys and values.</summary>
internal static class MultiHeadAttention
{
    /// <param name="query">(batch, queries, channels).</param>
    /// <param name="key">(batch, keys, channels).</param>
    /// <param name="value">(batch, keys, channels).</param>
    /// <param name="heads">The heads that the channels are split into.</param>
    /// <param name="allowed">Bool (batch, queries, keys), where a query may look; or null for everywhere.</param>
    /// <param name="needWeights">Whether the weights are returned.</param>
    /// <param name="dropout">Drops weights.</param>
    /// <returns>(batch, queries, channels), and (batch, heads, queries, keys) where weights are needed.</returns>
    public static (Tensor Output, Tensor? Weights) Compute(
        Tensor query, Tensor key, Tensor value, int heads, Tensor? allowed, bool needWeights, Func<Tensor, Tensor>? dropout)
    {
        query = Split(query);
        key = Split(key);
        value = Split(value);
        allowed = allowed?.unsqueeze(1); // the same for every head, without a copy
        if (!needWeights && dropout is null)
        {
            return (Join(F.scaled_dot_product_attention(query, key, value, allowed)), null);
        }

        Tensor scores = query.Over(Math.Sqrt(query.shape[3])).matmul(key.transpose(-1, -2));
        if (allowed is not null)
        {
            scores = scores.FilledWhere(allowed.logical_not(), double.NegativeInfinity);
        }

        Tensor weights = scores.softmax(-1);
        return (Join((dropout is null ? weights : dropout(weights)).matmul(value)), needWeights ? weights : null);

        Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);

        static Tensor Join(Tensor x) => x.transpose(1, 2).flatten(2);
    }
}

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
            _query.call(placed), _key.call(placed), _value.call(states), _heads, allowed: null, needWeights, dropout);
        return (_output.call(output), weights);
    }
}

/// <summary>
/// Masked attention (Mask2Former, section 3.2.1): each query looks at the pixels of one level, but only where the
/// layer before predicted its mask. State as in torch's MultiheadAttention.
/// </summary>
internal sealed class MaskedCrossAttention : nn.Module
{
    [ComponentName(Name = "in_proj_weight")]
    private readonly Parameter _inputWeight;

    [ComponentName(Name = "in_proj_bias")]
    private readonly Parameter _inputBias;

    [ComponentName(Name = "out_proj")]
    private readonly Linear _output;

    private readonly int _heads;
    private readonly double _dropout;
    private readonly Generator? _generator;

    public MaskedCrossAttention(Mask2FormerConfig config, Generator? generator)
        : base(nameof(MaskedCrossAttention))
    {
        int channels = config.HiddenDim;
        _heads = config.NumAttentionHeads;
        _dropout = config.Dropout;
        _generator = generator;
        _inputWeight = nn.Parameter(zeros(3 * channels, channels));
        _inputBias = nn.Parameter(zeros(3 * channels));
        _inputWeight.DetachFromDisposeScope();
        _inputBias.DetachFromDisposeScope();
        _output = nn.Linear(channels, channels);
        RegisterComponents();
    }

    /// <summary>The projections of queries, keys and values, one below the other, and their biases.</summary>
    public (Parameter Weight, Parameter Bias) Input => (_inputWeight, _inputBias);

    public Linear Output => _output;

    /// <param name="queries">(batch, queries, channels), with their position embeddings.</param>
    /// <param name="keys">(batch, pixels, channels), with their position embeddings.</param>
    /// <param name="values">(batch, pixels, channels).</param>
    /// <param name="allowed">Bool (batch, queries, pixels).</param>
    public Tensor Forward(Tensor queries, Tensor keys, Tensor values, Tensor allowed)
    {
        Tensor[] weights = _inputWeight.chunk(3), biases = _inputBias.chunk(3);
        Func<Tensor, Tensor>? dropout = training && _dropout > 0 ? x => SeededDropout.Apply(x, _dropout, training, _generator) : null;
        (Tensor output, _) = MultiHeadAttention.Compute(
            F.linear(queries, weights[0], biases[0]), TrainedLinear.Apply(keys, weights[1], biases[1]), TrainedLinear.Apply(values, weights[2], biases[2]),
            _heads, allowed, needWeights: false, dropout);
        return _output.call(output);
    }
}
