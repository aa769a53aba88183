using System.Buffers;
using System.Numerics;

namespace MLNetVision.Imaging.Masks;

/// <summary>
/// A growing list of pixel positions in pooled memory: the places where a mask, read column after column, changes
/// between 0 and 1. Dispose returns the memory.
/// </summary>
internal sealed class PositionList : IDisposable
{
    /// <summary>Sizes come from files: a list starts no larger than this and grows with what it holds.</summary>
    private const int LargestStart = 1 << 16;

    /// <summary>From so many positions on a bit for each pixel is quicker than sorting, and no larger.</summary>
    private const int ManyPositions = 1 << 16;

    private int[] _items;

    public PositionList(int capacity)
    {
        _items = ArrayPool<int>.Shared.Rent(Math.Clamp(capacity, 16, LargestStart));
        Count = 0;
    }

    public int Count { get; private set; }

    public Span<int> Items => _items.AsSpan(0, Count);

    /// <summary>Makes room for more positions and returns it; <see cref="Commit"/> says how many were written.</summary>
    public Span<int> Reserve(int more)
    {
        if (Count + more > _items.Length)
        {
            int[] larger = ArrayPool<int>.Shared.Rent(Math.Max(Count + more, checked(_items.Length * 2)));
            Items.CopyTo(larger);
            ArrayPool<int>.Shared.Return(_items);
            _items = larger;
        }

        return _items.AsSpan(Count);
    }

    public void Commit(int written) => Count += written;

    public void Add(int position)
    {
        Reserve(1)[0] = position;
        Count++;
    }

    /// <summary>Adds a change at a position that is not below the last one; a second change at the same place undoes the first.</summary>
    public void Toggle(int position)
    {
        if (Count > 0 && _items[Count - 1] == position)
        {
            Count--;
        }
        else
        {
            Add(position);
        }
    }

    /// <summary>Adds the positions to another list in ascending order, of each only one if it is there an odd number of times.</summary>
    /// <param name="pixels">The largest position.</param>
    /// <param name="ordered">The other list; this one is sorted or left as it is.</param>
    public void TogglesInOrder(int pixels, PositionList ordered)
    {
        if (Count < ManyPositions || pixels / 32 > Count)
        {
            Items.Sort();
            foreach (int position in Items)
            {
                ordered.Toggle(position);
            }

            return;
        }

        ulong[] odd = new ulong[pixels / 64 + 1];
        foreach (int position in Items)
        {
            odd[position >> 6] ^= 1UL << position;
        }

        for (int word = 0; word < odd.Length; word++)
        {
            for (ulong bits = odd[word]; bits != 0; bits &= bits - 1)
            {
                ordered.Add((word << 6) + BitOperations.TrailingZeroCount(bits));
            }
        }
    }

    /// <summary>The changes as pairs (start, end) of runs of ones; an open last run ends at <paramref name="pixels"/>.</summary>
    public int[] ToRuns(int pixels)
    {
        if (Count > 0 && _items[Count - 1] == pixels)
        {
            // A run of ones that ends with the image, or a change behind the last pixel, which changes nothing.
            Count--;
        }

        int odd = Count & 1;
        int[] runs = Count == 0 ? [] : GC.AllocateUninitializedArray<int>(Count + odd);
        Items.CopyTo(runs);
        if (odd == 1)
        {
            runs[^1] = pixels;
        }

        return runs;
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_items);
        _items = [];
        Count = 0;
    }
}
