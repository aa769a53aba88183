using MLNetVision.Models.Common.Native;
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
    /// <param name="weights">
    /// The source of the fresh weights as it is before they are drawn, so that a second model from it has another seed; null
    /// for torch's own, of which only the seed counts.
    /// </param>
    public static Generator Create(Generator? weights) => new(unchecked((weights is null ? (ulong)initial_seed() : Next(weights)) + Purpose));

    /// <summary>The number that a generator gives next, drawn from a copy.</summary>
    private static ulong Next(Generator generator)
    {
        using var scope = NewDisposeScope();
        using var copy = new Generator();
        copy.set_state(generator.get_state());
        return (ulong)randint(long.MaxValue, [1], dtype: ScalarType.Int64, generator: copy).ToWholeNumber();
    }
}
