namespace MLNetVision.Models.Common.Kernels.Products;

/// <summary>The activations of config.json that products can apply while they write.</summary>
internal static class InferenceActivations
{
    /// <exception cref="NotSupportedException">The activation is none of them.</exception>
    public static Activation Get(string name) => name switch
    {
        "relu" => Activation.Relu,
        "gelu" => Activation.Gelu,
        "silu" or "swish" => Activation.Silu,
        "linear" => Activation.None,
        _ => throw new NotSupportedException($"The inference form knows the activations relu, gelu, silu, swish and linear, not '{name}'; call the model itself."),
    };
}
