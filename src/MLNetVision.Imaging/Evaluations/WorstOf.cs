namespace MLNetVision.Imaging.Evaluations;

/// <summary>Keeps the worst of what comes by; of equal ones the first.</summary>
/// <param name="most">How many are kept.</param>
internal sealed class WorstOf<T>(int most)
{
    private readonly PriorityQueue<T, (double Badness, long Order)> _kept = new();
    private long _order;

    /// <summary>Keeps a thing if it is bad enough; it is made only then.</summary>
    /// <param name="badness">Higher is worse.</param>
    /// <param name="make">Makes it.</param>
    public void Offer(double badness, Func<T> make)
    {
        // The best of the worst is the first to go, and of equal ones the last.
        (double, long) priority = (badness, -_order++);
        if (most > 0 && (_kept.Count < most || (_kept.TryPeek(out _, out (double Badness, long Order) best) && priority.CompareTo(best) > 0)))
        {
            _kept.Enqueue(make(), priority);
            if (_kept.Count > most)
            {
                _kept.Dequeue();
            }
        }
    }

    /// <summary>What is kept, the worst first.</summary>
    public IReadOnlyList<T> Ordered() => [.. _kept.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)];
}
