using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Layers;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Inference;

/// <summary>A layer of the inference form.</summary>
internal interface ILevitFusedLayer : IDisposable
{
    /// <summary>[N, tokens, channels] -> the same with the layer's own sizes.</summary>
    Tensor Forward(Tensor input);
}

/// <summary>Where the inference form in libtorch's operators lies, and in which numbers it multiplies.</summary>
/// <param name="Device">The device of all weights.</param>
/// <param name="Type">float32, or bfloat16 on a GPU.</param>
internal readonly record struct LevitFusedPlace(Device Device, ScalarType Type)
{
    /// <summary>That of an engine.</summary>
    public static LevitFusedPlace Of(EngineChoice engine) => new(engine.Device, engine.Precision == ScoringPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32);

    /// <summary>A weight there; the layer that asks for it disposes of it.</summary>
    public Tensor Put(float[] values, params long[] shape)
    {
        using Tensor made = tensor(values), shaped = made.view(shape);
        return shaped.to(Type, Device, copy: true).DetachFromDisposeScope();
    }
}

/// <summary>A linear layer with its BatchNorm folded in.</summary>
internal sealed class LevitFusedLinear(LevitFoldedLayer folded, LevitFusedPlace place) : IDisposable
{
    private readonly Tensor _weight = place.Put(folded.Weight, folded.Outputs, folded.Inputs);
    private readonly Tensor _bias = place.Put(folded.Bias, folded.Outputs);

    public Tensor Forward(Tensor input) => FlatLinear.Apply(input, _weight, _bias);

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}

/// <summary>A residual MLP.</summary>
internal sealed class LevitFusedMlp(WeightScope layer, int width, int ratio, LevitFusedPlace place) : ILevitFusedLayer
{
    private readonly LevitFusedLinear _up = new(LevitLinearNorm.Fold(layer.In("linear_up"), ratio * width, width), place);
    private readonly LevitFusedLinear _down = new(LevitLinearNorm.Fold(layer.In("linear_down"), width, ratio * width), place);

    public Tensor Forward(Tensor input) => _down.Forward(_up.Forward(input).hardswish_()).Add(input);

    public void Dispose()
    {
        _up.Dispose();
        _down.Dispose();
    }
}
