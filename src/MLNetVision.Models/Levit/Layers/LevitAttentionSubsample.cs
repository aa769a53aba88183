using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>The attention between two stages: only every second token in each direction asks, so the resolution halves and the channels change (section 4.2, "shrinking attention").</summary>
internal sealed class LevitAttentionSubsample : nn.Module<Tensor, Tensor>
{
    private readonly LevitSubsampleShape _shape;
    private readonly LevitAttentionBias _bias;

    [ComponentName(Name = "attention_biases")]
    private readonly Parameter _attentionBiases;

    [ComponentName(Name = "keys_values")]
    private readonly LevitLinearNorm _keysValues;

    [ComponentName(Name = "queries")]
    private readonly LevitLinearNorm _queries;

    [ComponentName(Name = "projection")]
    private readonly LevitLinearNorm _projection;

    public LevitAttentionSubsample(LevitSubsampleShape shape)
        : base(nameof(LevitAttentionSubsample))
    {
        _shape = shape;
        _bias = new LevitAttentionBias(shape.Resolution, shape.Stride);
        _attentionBiases = new Parameter(zeros(shape.Heads, _bias.Distances));
        _attentionBiases.DetachFromDisposeScope();
        _keysValues = new LevitLinearNorm(shape.InputWidth, shape.KeysValuesWidth);
        _queries = new LevitLinearNorm(shape.InputWidth, shape.QueriesWidth);
        _projection = new LevitLinearNorm(shape.AttendedWidth, shape.OutputWidth);
        RegisterComponents();
    }

    // [N, tokens, input width] -> [N, queries, output width]
    public override Tensor forward(Tensor input)
    {
        (long batch, long tokens) = (input.shape[0], input.shape[1]);
        (int heads, int keyDim) = (_shape.Heads, _shape.KeyDim);

        Tensor[] parts = _keysValues.call(input)
            .view(batch, tokens, heads, -1)
            .permute(0, 2, 1, 3) // [N, heads, tokens, key + value]
            .split([keyDim, _shape.ValueDim], dim: 3);
        (Tensor key, Tensor value) = (parts[0], parts[1]);
        Tensor query = _queries.call(_shape.Subsample(input))
            .view(batch, -1, heads, keyDim)
            .permute(0, 2, 1, 3); // [N, heads, queries, key]

        Tensor attention = matmul(query, key.transpose(-2, -1)).Times(Math.Pow(keyDim, -0.5)).Plus(_bias.Gather(_attentionBiases));
        Tensor attended = matmul(attention.softmax(-1), value)
            .transpose(1, 2).reshape(batch, -1, heads * _shape.ValueDim); // [N, queries, heads · value]
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
