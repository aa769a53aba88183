using System.Buffers;

namespace MLNetVision.Imaging.Masks;

/// <summary>
/// A growing list of pixel positions in pooled memory: the places where a mask, read column after column, changes
/// between 0 and 1. Dispose returns the memory.
/// </summary>
internal sealed class PositionList : IDisposable
{
    /// <summary>Sizes come from files: a list starts no larger than this and grows with what it holds.</summary>
    private const int LargestStart = 1 << 16;

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
