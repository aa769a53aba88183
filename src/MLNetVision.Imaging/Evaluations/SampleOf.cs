namespace MLNetVision.Imaging.Evaluations;

/// <summary>Draws a few of all that comes by, each with the same chance: data often lie sorted by class, so that the first ones tell little. The seed is fixed.</summary>
/// <param name="most">How many are drawn.</param>
internal sealed class SampleOf<T>(int most)
{
    private readonly Random _random = new(Seed: 1);
    private readonly List<(long Order, T Item)> _kept = [];
    private long _seen;

    /// <summary>Draws a thing or leaves it; it is made only when it is drawn.</summary>
    public void Offer(Func<T> make)
    {
        long order = _seen++;
        if (_kept.Count < most)
        {
            _kept.Add((order, make()));
        }
        else if (_random.NextInt64(_seen) is var place && place < most)
        {
            _kept[(int)place] = (order, make());
        }
    }

    /// <summary>What was drawn, in the order in which it came.</summary>
    public IReadOnlyList<T> Ordered() => [.. _kept.OrderBy(item => item.Order).Select(item => item.Item)];
}
