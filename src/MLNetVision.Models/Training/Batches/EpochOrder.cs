using System.Collections.Concurrent;
using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Models.Training.Batches;

/// <summary>The order of the pictures in each epoch: a permutation that depends on the seed and the epoch only.</summary>
/// <param name="count">The number of pictures.</param>
/// <param name="seed">The training's seed.</param>
internal sealed class EpochOrder(int count, int seed)
{
    // Pictures are prepared across an epoch's end, so two epochs are in use at once.
    private readonly ConcurrentDictionary<long, Lazy<int[]>> _permutations = new();

    /// <summary>The picture at a position of an epoch; safe from several threads.</summary>
    public int At(long epoch, int position)
    {
        _permutations.TryRemove(epoch - 2, out _);
        return _permutations.GetOrAdd(epoch, key => new Lazy<int[]>(() => Permutation(key))).Value[position];
    }

    private int[] Permutation(long epoch)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new RandomStream(seed, RandomPurpose.Order, epoch, 0).Shuffle(order.AsSpan());
        return order;
    }
}
