using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Swin.Windows.Kernels;

/// <summary>The parameters of a block's attention and of the norm before it, or their gradients, as addresses of float32.</summary>
/// <param name="NormWeight">(channels).</param>
/// <param name="NormBias">(channels).</param>
/// <param name="Table">(offsets, heads): the relative position bias.</param>
/// <param name="QueryWeight">(channels, channels).</param>
/// <param name="QueryBias">(channels).</param>
/// <param name="KeyWeight">(channels, channels).</param>
/// <param name="KeyBias">(channels).</param>
/// <param name="ValueWeight">(channels, channels).</param>
/// <param name="ValueBias">(channels).</param>
/// <param name="OutputWeight">(channels, channels).</param>
/// <param name="OutputBias">(channels).</param>
internal readonly record struct SwinAttentionWeights(
    nint NormWeight, nint NormBias, nint Table, nint QueryWeight, nint QueryBias, nint KeyWeight, nint KeyBias, nint ValueWeight, nint ValueBias,
    nint OutputWeight, nint OutputBias)
{
    /// <summary>The number of parameters.</summary>
    public const int Count = 11;

    /// <summary>The addresses of tensors in the constructor's order, which must live as long as they are used.</summary>
    public static unsafe SwinAttentionWeights Of(ReadOnlySpan<Tensor> tensors) => new(
        Address(tensors[0]), Address(tensors[1]), Address(tensors[2]), Address(tensors[3]), Address(tensors[4]), Address(tensors[5]),
        Address(tensors[6]), Address(tensors[7]), Address(tensors[8]), Address(tensors[9]), Address(tensors[10]));

    /// <summary>The projections to queries, keys and values, each weight and bias.</summary>
    public (nint Weight, nint Bias)[] Projections => [(QueryWeight, QueryBias), (KeyWeight, KeyBias), (ValueWeight, ValueBias)];

    private static unsafe nint Address(Tensor tensor) => (nint)TensorMemory.Address<float>(tensor);
}
