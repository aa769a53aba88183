using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// A linear layer of torch over all leading dimensions at once: in two dimensions the product adds the bias itself, in more
/// libtorch's functional form, which TorchSharp calls, passes over the whole output once more to add it.
/// </summary>
internal static class FlatLinear
{
    /// <summary>Applies a layer.</summary>
    /// <param name="x">(…, inputs).</param>
    /// <param name="layer">The layer.</param>
    /// <returns>(…, outputs).</returns>
    public static Tensor Apply(Tensor x, Linear layer) => Apply(x, layer.weight!, layer.bias);

    /// <summary>Applies a layer.</summary>
    /// <param name="x">(…, inputs).</param>
    /// <param name="weight">(outputs, inputs).</param>
    /// <param name="bias">(outputs), or null.</param>
    /// <returns>(…, outputs).</returns>
    public static Tensor Apply(Tensor x, Tensor weight, Tensor? bias)
    {
        long[] shape = x.shape;
        if (shape.Length == 2)
        {
            return nn.functional.linear(x, weight, bias);
        }

        using Tensor rows = x.reshape(-1, shape[^1]), output = nn.functional.linear(rows, weight, bias);
        return output.view([.. shape[..^1], weight.shape[0]]);
    }
}
