using System.Globalization;

namespace MLNetVision.Imaging.Metrics.Figures;

/// <summary>Names and how often each was met, such as classes that a network does not know.</summary>
internal sealed class NameCounts
{
    private const int NamesShown = 20;

    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long Total { get; private set; }

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public void Add(string name, long count = 1)
    {
        _counts[name] = _counts.GetValueOrDefault(name) + count;
        Total += count;
    }

    /// <summary>The names, the most frequent first.</summary>
    public override string ToString() =>
        string.Join(", ", _counts.OrderByDescending(item => item.Value).Take(NamesShown).Select(item => string.Create(CultureInfo.InvariantCulture, $"'{item.Key}' ({item.Value})")))
        + (_counts.Count > NamesShown ? $" and {_counts.Count - NamesShown} more" : string.Empty);
}
