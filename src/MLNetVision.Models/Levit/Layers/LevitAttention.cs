using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>Multi-head attention with learned distance biases, one linear layer for queries, keys and values, and hardswish before the projection (section 4.2).</summary>
internal sealed class LevitAttention : nn.Module<Tensor, Tensor>
{
    private readonly LevitStageShape _shape;
    private readonly LevitAttentionBias _bias;

    [ComponentName(Name = "attention_biases")]
    private readonly Parameter _attentionBiases;

    [ComponentName(Name = "queries_keys_values")]
    private readonly LevitLinearNorm _queriesKeysValues;

    [ComponentName(Name = "projection")]
    private readonly LevitLinearNorm _projection;

    public LevitAttention(LevitStageShape shape)
        : base(nameof(LevitAttention))
    {
        _shape = shape;
        _bias = new LevitAttentionBias(shape.Resolution, stride: 1);
        _attentionBiases = new Parameter(zeros(shape.Heads, _bias.Distances));
        _attentionBiases.DetachFromDisposeScope();
        _queriesKeysValues = new LevitLinearNorm(shape.Width, shape.QueriesKeysValuesWidth);
        _projection = new LevitLinearNorm(shape.AttendedWidth, shape.Width, closesResidual: true);
        RegisterComponents();
    }

    // [N, tokens, width] -> the same
    public override Tensor forward(Tensor input)
    {
        (long batch, long tokens) = (input.shape[0], input.shape[1]);
        int keyDim = _shape.KeyDim;

        Tensor[] parts = _queriesKeysValues.call(input)
            .view(batch, tokens, _shape.Heads, -1)
            .permute(0, 2, 1, 3) // [N, heads, tokens, 2 key + value]
            .split([keyDim, keyDim, _shape.ValueDim], dim: 3);
        (Tensor query, Tensor key, Tensor value) = (parts[0], parts[1], parts[2]);

        Tensor attention = matmul(query, key.transpose(-2, -1)).Times(Math.Pow(keyDim, -0.5)).Plus(_bias.Gather(_attentionBiases));
        Tensor attended = matmul(attention.softmax(-1), value)
            .transpose(1, 2).reshape(batch, tokens, _shape.Heads * _shape.ValueDim); // [N, tokens, heads · value]
        return _projection.call(F.hardswish(attended));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _bias.Dispose();
            _attentionBiases.Dispose();
        }

        base.Dispose(disposing);
    }
}
