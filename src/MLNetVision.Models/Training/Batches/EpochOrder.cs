using System.Collections.Concurrent;
using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Models.Training.Batches;

/// <summary>The order of the pictures in each epoch, which depends on the seed and the epoch only.</summary>
/// <param name="seed">The training's seed.</param>
/// <param name="repeats">
/// How often each picture comes in an epoch, on average: once for 1; what is beyond a whole number is drawn anew in each
/// epoch.
/// </param>
internal sealed class EpochOrder(int seed, IReadOnlyList<double> repeats)
{
    // Pictures are prepared across an epoch's end, so two epochs are in use at once.
    private readonly ConcurrentDictionary<long, Lazy<int[]>> _epochs = new();

    /// <summary>An order in which each picture comes once in each epoch.</summary>
    public EpochOrder(int seed, int count)
        : this(seed, [.. Enumerable.Repeat(1.0, count)])
    {
    }

    /// <summary>The pictures of an epoch in order; safe from several threads.</summary>
    public int[] Of(long epoch)
    {
        _epochs.TryRemove(epoch - 2, out _);
        return _epochs.GetOrAdd(epoch, key => new Lazy<int[]>(() => Draw(key))).Value;
    }

    private int[] Draw(long epoch)
    {
        var random = new RandomStream(seed, RandomPurpose.Order, epoch, 0);
        var order = new List<int>(repeats.Count);
        for (int i = 0; i < repeats.Count; i++)
        {
            int whole = (int)repeats[i];
            int times = whole + (repeats[i] > whole && random.Chance(repeats[i] - whole) ? 1 : 0);
            order.AddRange(Enumerable.Repeat(i, times));
        }

        int[] drawn = [.. order];
        random.Shuffle(drawn.AsSpan());
        return drawn;
    }
}
