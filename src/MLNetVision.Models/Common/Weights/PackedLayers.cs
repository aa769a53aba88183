using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Common.Weights;

/// <summary>Reads layers in the forms in which kernels take them.</summary>
internal static class PackedLayers
{
    /// <summary>A linear layer: weight (outputs, inputs) and, where there is one, bias (outputs).</summary>
    public static PackedPanels Linear(this WeightScope layer, int outputs, int inputs, ScoringPrecision precision = ScoringPrecision.Single, bool hasBias = true) =>
        PackedPanels.From(layer.Read("weight", outputs, inputs), hasBias ? layer.Read("bias", outputs) : new float[outputs], precision);

    /// <summary>A convolution whose rows hold the inputs of one output pixel: weight (outputs, inputs, side, side), the inputs' pixels together.</summary>
    public static PackedPanels Convolution(this WeightScope layer, int outputs, int inputs, int side, ScoringPrecision precision = ScoringPrecision.Single, bool hasBias = true) =>
        PackedPanels.From(layer.Read("weight", outputs, inputs, side, side), hasBias ? layer.Read("bias", outputs) : new float[outputs], precision);

    /// <summary>A layer norm with torch's epsilon, if not another.</summary>
    public static LayerNormKernel LayerNorm(this WeightScope layer, int channels, double epsilon = 1e-5) =>
        new(layer.Read("weight", channels), layer.Read("bias", channels), (float)epsilon);

    /// <summary>A group norm with torch's epsilon.</summary>
    public static GroupNormKernel GroupNorm(this WeightScope layer, int groups, int channels) =>
        new(layer.Read("weight", channels), layer.Read("bias", channels), groups, epsilon: 1e-5);
}
