using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Layers;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Levit.Inference;

/// <summary>A layer of the inference form.</summary>
internal interface ILevitFusedLayer : IDisposable
{
    /// <summary>[N, tokens, channels] -> the same with the layer's own sizes.</summary>
    Tensor Forward(Tensor input);
}

/// <summary>A linear layer with its BatchNorm folded in.</summary>
internal sealed class LevitFusedLinear(LevitFoldedLayer folded) : IDisposable
{
    private readonly Tensor _weight = tensor(folded.Weight, [folded.Outputs, folded.Inputs]).DetachFromDisposeScope();
    private readonly Tensor _bias = tensor(folded.Bias).DetachFromDisposeScope();

    public Tensor Forward(Tensor input) => F.linear(input, _weight, _bias);

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}

/// <summary>A residual MLP.</summary>
internal sealed class LevitFusedMlp(WeightScope layer, int width, int ratio) : ILevitFusedLayer
{
    private readonly LevitFusedLinear _up = new(LevitLinearNorm.Fold(layer.In("linear_up"), ratio * width, width));
    private readonly LevitFusedLinear _down = new(LevitLinearNorm.Fold(layer.In("linear_down"), width, ratio * width));

    public Tensor Forward(Tensor input) => _down.Forward(_up.Forward(input).hardswish_()).Add(input);

    public void Dispose()
    {
        _up.Dispose();
        _down.Dispose();
    }
}
