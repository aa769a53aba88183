using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Weights;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>A linear layer or convolution with the BatchNorm behind it folded in, in double precision.</summary>
/// <param name="Weight">[outputs, inputs], and per input the kernel's elements in a convolution.</param>
/// <param name="Bias">[outputs].</param>
internal sealed record LevitFoldedLayer(float[] Weight, float[] Bias)
{
    /// <summary>The number of outputs.</summary>
    public int Outputs => Bias.Length;

    /// <summary>The weights of one output.</summary>
    public int Inputs => Weight.Length / Bias.Length;

    /// <summary>Folds a norm into the layer before it, whose outputs it scales.</summary>
    /// <param name="weight">The layer's, [outputs, inputs].</param>
    /// <param name="norm">The weights of the BatchNorm.</param>
    /// <param name="outputs">The channels.</param>
    /// <param name="scale">What all results are multiplied with.</param>
    public static LevitFoldedLayer Of(float[] weight, WeightScope norm, int outputs, double scale = 1)
    {
        (double[] scales, double[] shifts) = BatchNormalization.Fold(norm, outputs);
        int inputs = weight.Length / outputs;
        var folded = new float[weight.Length];
        for (int i = 0; i < weight.Length; i++)
        {
            folded[i] = (float)(weight[i] * (scales[i / inputs] * scale));
        }

        return new LevitFoldedLayer(folded, Array.ConvertAll(shifts, shift => (float)(shift * scale)));
    }

    /// <summary>The layer with some of its results multiplied.</summary>
    /// <param name="scale">By what.</param>
    /// <param name="isScaled">Whether an output is.</param>
    public LevitFoldedLayer Scale(double scale, Func<int, bool> isScaled) => new(
        [.. Weight.Select((weight, i) => isScaled(i / Inputs) ? (float)(weight * scale) : weight)],
        [.. Bias.Select((bias, output) => isScaled(output) ? (float)(bias * scale) : bias)]);
}
