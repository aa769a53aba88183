using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// Norms in the type of their parameters, float32, where the network around them computes in bfloat16: not every device takes
/// both at once.
/// </summary>
internal static class ExactNorms
{
    /// <summary>Normalises; the result has the input's type.</summary>
    public static Tensor Normalize(this LayerNorm norm, Tensor x) => Apply(norm, norm.weight, x);

    /// <inheritdoc cref="Normalize(LayerNorm, Tensor)"/>
    public static Tensor Normalize(this GroupNorm norm, Tensor x) => Apply(norm, norm.weight, x);

    private static Tensor Apply(nn.Module<Tensor, Tensor> norm, Tensor? weight, Tensor x)
    {
        if (weight is null || weight.dtype == x.dtype)
        {
            return norm.call(x);
        }

        using Tensor exact = x.to(weight.dtype), normalized = norm.call(exact);
        return normalized.to(x.dtype);
    }
}
