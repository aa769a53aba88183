using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// Makes the generator that a model's layers draw drop path and dropout from. It belongs to the model, which disposes of it:
/// the one that gave the weights may be gone by then, and torch's global one is everybody's.
/// </summary>
internal static class LayerGenerator
{
    // So that layers do not draw the numbers once more that became weights: neither this model's nor those of the model whose
    // layers' seed gave this one's, which would be the same if the purpose undid itself.
    private const ulong Purpose = 0x9E3779B97F4A7C15;

    /// <summary>A generator on the CPU whose seed follows from the weights' one, from which it takes no numbers.</summary>
    /// <param name="weights">The source of the fresh weights; null for torch's own.</param>
    public static Generator Create(Generator? weights) => new(unchecked((ulong)(weights?.initial_seed() ?? initial_seed()) + Purpose));
}
