using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MLNetVision.Imaging.Levels;

namespace MLNetVision.Imaging.Masks;

/// <summary>
/// Finds where a map changes value when it is read column after column, the order of COCO's runs. Both layouts are
/// scanned with vectors and without transposing: a row-major map is compared row with row, and the few changes are
/// then sorted into their columns.
/// </summary>
internal static class TransitionScan
{
    /// <summary>Adds the positions (column · height + row) of a column-major map whose value differs from the one before; <paramref name="first"/> stands before the first.</summary>
    public static void ColumnMajor<T>(ReadOnlySpan<T> map, T first, PositionList positions)
        where T : unmanaged, IEquatable<T>
    {
        if (map.IsEmpty)
        {
            return;
        }

        if (!map[0].Equals(first))
        {
            positions.Add(0);
        }

        Differences(map[1..], map[..^1], 1, positions);
    }

    /// <summary>The same for a row-major map.</summary>
    public static void RowMajor<T>(ReadOnlySpan<T> map, int height, int width, T first, PositionList positions)
        where T : unmanaged, IEquatable<T>
    {
        if (map.IsEmpty)
        {
            return;
        }

        using var columns = new PositionList(4 * height);
        int[] rowEnds = new int[height];

        // Row 0 follows the last row of the column to its left.
        if (!map[0].Equals(first))
        {
            columns.Add(0);
        }

        Differences(map[1..width], map[^width..^1], 1, columns);
        rowEnds[0] = columns.Count;
        for (int row = 1; row < height; row++)
        {
            Differences(map.Slice(row * width, width), map.Slice((row - 1) * width, width), 0, columns);
            rowEnds[row] = columns.Count;
        }

        SortByColumn(columns.Items, rowEnds, width, positions);
    }

    /// <summary>A counting sort: <paramref name="columns"/> lists row after row the columns that change; rows stay ascending within a column.</summary>
    private static void SortByColumn(ReadOnlySpan<int> columns, int[] rowEnds, int width, PositionList positions)
    {
        int height = rowEnds.Length;
        int[] next = new int[width];
        foreach (int column in columns)
        {
            next[column]++;
        }

        int sum = 0;
        for (int column = 0; column < width; column++)
        {
            (next[column], sum) = (sum, sum + next[column]);
        }

        Span<int> sorted = positions.Reserve(columns.Length);
        int index = 0;
        for (int row = 0; row < height; row++)
        {
            for (; index < rowEnds[row]; index++)
            {
                int column = columns[index];
                sorted[next[column]++] = column * height + row;
            }
        }

        positions.Commit(columns.Length);
    }

    /// <summary>Adds offset + i for every i at which the two spans differ.</summary>
    private static void Differences<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, int offset, PositionList found)
        where T : unmanaged, IEquatable<T>
    {
        ref T x = ref MemoryMarshal.GetReference(a);
        ref T y = ref MemoryMarshal.GetReference(b);
        int i = 0;
        if (KernelLevels.UsesAvx2)
        {
            int lanes = Vector256<T>.Count;
            for (; i <= a.Length - 4 * lanes; i += 4 * lanes)
            {
                Vector256<T> equal = Equal(ref x, ref y, i) & Equal(ref x, ref y, i + lanes) & Equal(ref x, ref y, i + 2 * lanes) & Equal(ref x, ref y, i + 3 * lanes);
                if (equal == Vector256<T>.AllBitsSet)
                {
                    continue;
                }

                for (int part = i; part < i + 4 * lanes; part += lanes)
                {
                    AddBits(~Equal(ref x, ref y, part).ExtractMostSignificantBits() & LaneMask(lanes), offset + part, found);
                }
            }

            for (; i <= a.Length - lanes; i += lanes)
            {
                AddBits(~Equal(ref x, ref y, i).ExtractMostSignificantBits() & LaneMask(lanes), offset + i, found);
            }
        }

        for (; i < a.Length; i++)
        {
            if (!a[i].Equals(b[i]))
            {
                found.Add(offset + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Equal<T>(ref T x, ref T y, int index)
        where T : unmanaged =>
        Vector256.Equals(Vector256.LoadUnsafe(ref x, (nuint)index), Vector256.LoadUnsafe(ref y, (nuint)index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint LaneMask(int lanes) => lanes == 32 ? uint.MaxValue : (1u << lanes) - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddBits(uint bits, int offset, PositionList found)
    {
        if (bits == 0)
        {
            return;
        }

        Span<int> room = found.Reserve(32);
        int count = 0;
        for (; bits != 0; bits &= bits - 1)
        {
            room[count++] = offset + BitOperations.TrailingZeroCount(bits);
        }

        found.Commit(count);
    }
}
