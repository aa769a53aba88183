using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Common.Layers;

/// <summary>The activation functions that config.json names.</summary>
internal static class Activations
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> ByName = new(StringComparer.Ordinal)
    {
        ["gelu"] = x => F.gelu(x),
        ["relu"] = x => F.relu(x),
        ["relu6"] = x => F.relu6(x),
        ["silu"] = x => F.silu(x),
        ["swish"] = x => F.silu(x),
        ["hardswish"] = x => F.hardswish(x),
        ["leaky_relu"] = x => x.LeakyRelu(0.01),
        ["mish"] = x => x * x.Softplus().tanh(),
        ["sigmoid"] = x => x.sigmoid(),
        ["tanh"] = x => x.tanh(),
        ["linear"] = x => x,
    };

    /// <summary>Whether a name is known.</summary>
    public static bool IsKnown(string name) => ByName.ContainsKey(name);

    /// <summary>The names that are known, for messages.</summary>
    public static string Names => string.Join(", ", ByName.Keys);

    /// <summary>The function of a name that a config has validated.</summary>
    public static Func<Tensor, Tensor> Get(string name) => ByName[name];
}
