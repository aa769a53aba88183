using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Layers;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Inference;

/// <summary>A residual attention layer.</summary>
internal sealed class LevitFusedAttention(WeightScope layer, LevitStageShape shape, LevitFusedPlace place) : ILevitFusedLayer
{
    private readonly LevitFusedLinear _queriesKeysValues = new(
        LevitLinearNorm.Fold(layer.In("queries_keys_values"), shape.QueriesKeysValuesWidth, shape.Width)
            .Scale(LevitFusedAttend.QueryScale(shape.KeyDim), output => output % (2 * shape.KeyDim + shape.ValueDim) < shape.KeyDim),
        place);
    private readonly LevitFusedLinear _projection = new(LevitLinearNorm.Fold(layer.In("projection"), shape.Width, shape.AttendedWidth), place);
    private readonly Tensor _biases = LevitFusedAttend.Biases(layer, shape.Heads, shape.Resolution, stride: 1, place);

    public Tensor Forward(Tensor input)
    {
        Tensor[] parts = _queriesKeysValues.Forward(input)
            .view(input.shape[0], input.shape[1], shape.Heads, -1)
            .permute(0, 2, 1, 3) // [N, heads, tokens, 2 key + value]
            .split([shape.KeyDim, shape.KeyDim, shape.ValueDim], dim: 3);
        return _projection.Forward(LevitFusedAttend.Attend(parts[0], parts[1], parts[2], _biases)).Add(input);
    }

    public void Dispose()
    {
        _queriesKeysValues.Dispose();
        _projection.Dispose();
        _biases.Dispose();
    }
}

/// <summary>The subsampling attention between two stages.</summary>
internal sealed class LevitFusedSubsample(WeightScope layer, LevitSubsampleShape shape, LevitFusedPlace place) : ILevitFusedLayer
{
    private readonly LevitFusedLinear _keysValues = new(LevitLinearNorm.Fold(layer.In("keys_values"), shape.KeysValuesWidth, shape.InputWidth), place);
    private readonly LevitFusedLinear _queries = new(
        LevitLinearNorm.Fold(layer.In("queries"), shape.QueriesWidth, shape.InputWidth, LevitFusedAttend.QueryScale(shape.KeyDim)), place);
    private readonly LevitFusedLinear _projection = new(LevitLinearNorm.Fold(layer.In("projection"), shape.OutputWidth, shape.AttendedWidth), place);
    private readonly Tensor _biases = LevitFusedAttend.Biases(layer, shape.Heads, shape.Resolution, shape.Stride, place);

    public Tensor Forward(Tensor input)
    {
        Tensor[] parts = _keysValues.Forward(input)
            .view(input.shape[0], input.shape[1], shape.Heads, -1)
            .permute(0, 2, 1, 3) // [N, heads, tokens, key + value]
            .split([shape.KeyDim, shape.ValueDim], dim: 3);
        Tensor query = _queries.Forward(shape.Subsample(input))
            .view(input.shape[0], -1, shape.Heads, shape.KeyDim)
            .permute(0, 2, 1, 3); // [N, heads, queries, key]
        return _projection.Forward(LevitFusedAttend.Attend(query, parts[0], parts[1], _biases));
    }

    public void Dispose()
    {
        _keysValues.Dispose();
        _queries.Dispose();
        _projection.Dispose();
        _biases.Dispose();
    }
}

/// <summary>The product of queries, keys and values.</summary>
internal static class LevitFusedAttend
{
    /// <summary>[heads, queries, tokens].</summary>
    public static Tensor Biases(WeightScope layer, int heads, int resolution, int stride, LevitFusedPlace place) =>
        place.Put(LevitAttentionBias.Gather(layer, heads, resolution, stride), heads, -1, resolution * resolution);

    /// <summary>What queries are multiplied by, once, in their weights.</summary>
    public static double QueryScale(int keyDim) => Math.Pow(keyDim, -0.5);

    /// <summary>[N, heads, queries, key], scaled, [N, heads, tokens, key], [N, heads, tokens, value] -> hardswish of the attended values, [N, queries, heads · value].</summary>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor biases)
    {
        Tensor attention = matmul(query, key.transpose(-2, -1)).Add(biases).softmax(-1);
        return matmul(attention, value).transpose(1, 2).flatten(2).hardswish_();
    }
}
