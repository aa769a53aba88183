using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels.Products;

/// <summary>
/// A tile of a sum of outer products, C[r, :] (+)= Σₖ A[k, r] · B[k, :]: the gradient of a weight, where k counts the rows of
/// the layer's input and output.
/// </summary>
/// <remarks>For processors with vectors of 512 bits only: 28 of the 32 registers hold sums.</remarks>
internal static unsafe class OuterProductKernel
{
    /// <summary>The rows of a tile.</summary>
    public const int Rows = 14;

    /// <summary>The columns of a tile.</summary>
    public const int Columns = 32;

    /// <summary>Computes a tile.</summary>
    /// <param name="a">For each k the tile's <see cref="Rows"/> elements, consecutive.</param>
    /// <param name="b">For each k the tile's <see cref="Columns"/> elements, consecutive.</param>
    /// <param name="length">The number of k.</param>
    /// <param name="c">The tile.</param>
    /// <param name="pitch">From one row of the tile to the next.</param>
    /// <param name="rows">The rows that are stored.</param>
    /// <param name="addToTarget">Whether the tile is added to what is there.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compute(float* a, float* b, int length, float* c, nint pitch, int rows, bool addToTarget)
    {
        Vector512<float> c0a = Vector512<float>.Zero, c0b = Vector512<float>.Zero;
        Vector512<float> c1a = Vector512<float>.Zero, c1b = Vector512<float>.Zero;
        Vector512<float> c2a = Vector512<float>.Zero, c2b = Vector512<float>.Zero;
        Vector512<float> c3a = Vector512<float>.Zero, c3b = Vector512<float>.Zero;
        Vector512<float> c4a = Vector512<float>.Zero, c4b = Vector512<float>.Zero;
        Vector512<float> c5a = Vector512<float>.Zero, c5b = Vector512<float>.Zero;
        Vector512<float> c6a = Vector512<float>.Zero, c6b = Vector512<float>.Zero;
        Vector512<float> c7a = Vector512<float>.Zero, c7b = Vector512<float>.Zero;
        Vector512<float> c8a = Vector512<float>.Zero, c8b = Vector512<float>.Zero;
        Vector512<float> c9a = Vector512<float>.Zero, c9b = Vector512<float>.Zero;
        Vector512<float> c10a = Vector512<float>.Zero, c10b = Vector512<float>.Zero;
        Vector512<float> c11a = Vector512<float>.Zero, c11b = Vector512<float>.Zero;
        Vector512<float> c12a = Vector512<float>.Zero, c12b = Vector512<float>.Zero;
        Vector512<float> c13a = Vector512<float>.Zero, c13b = Vector512<float>.Zero;
        for (int k = length; k > 0; k--)
        {
            Vector512<float> ba = Vector512.Load(b), bb = Vector512.Load(b + 16), broadcast;
            broadcast = Vector512.Create(*a);
            c0a = Vector512.FusedMultiplyAdd(broadcast, ba, c0a);
            c0b = Vector512.FusedMultiplyAdd(broadcast, bb, c0b);
            broadcast = Vector512.Create(a[1]);
            c1a = Vector512.FusedMultiplyAdd(broadcast, ba, c1a);
            c1b = Vector512.FusedMultiplyAdd(broadcast, bb, c1b);
            broadcast = Vector512.Create(a[2]);
            c2a = Vector512.FusedMultiplyAdd(broadcast, ba, c2a);
            c2b = Vector512.FusedMultiplyAdd(broadcast, bb, c2b);
            broadcast = Vector512.Create(a[3]);
            c3a = Vector512.FusedMultiplyAdd(broadcast, ba, c3a);
            c3b = Vector512.FusedMultiplyAdd(broadcast, bb, c3b);
            broadcast = Vector512.Create(a[4]);
            c4a = Vector512.FusedMultiplyAdd(broadcast, ba, c4a);
            c4b = Vector512.FusedMultiplyAdd(broadcast, bb, c4b);
            broadcast = Vector512.Create(a[5]);
            c5a = Vector512.FusedMultiplyAdd(broadcast, ba, c5a);
            c5b = Vector512.FusedMultiplyAdd(broadcast, bb, c5b);
            broadcast = Vector512.Create(a[6]);
            c6a = Vector512.FusedMultiplyAdd(broadcast, ba, c6a);
            c6b = Vector512.FusedMultiplyAdd(broadcast, bb, c6b);
            broadcast = Vector512.Create(a[7]);
            c7a = Vector512.FusedMultiplyAdd(broadcast, ba, c7a);
            c7b = Vector512.FusedMultiplyAdd(broadcast, bb, c7b);
            broadcast = Vector512.Create(a[8]);
            c8a = Vector512.FusedMultiplyAdd(broadcast, ba, c8a);
            c8b = Vector512.FusedMultiplyAdd(broadcast, bb, c8b);
            broadcast = Vector512.Create(a[9]);
            c9a = Vector512.FusedMultiplyAdd(broadcast, ba, c9a);
            c9b = Vector512.FusedMultiplyAdd(broadcast, bb, c9b);
            broadcast = Vector512.Create(a[10]);
            c10a = Vector512.FusedMultiplyAdd(broadcast, ba, c10a);
            c10b = Vector512.FusedMultiplyAdd(broadcast, bb, c10b);
            broadcast = Vector512.Create(a[11]);
            c11a = Vector512.FusedMultiplyAdd(broadcast, ba, c11a);
            c11b = Vector512.FusedMultiplyAdd(broadcast, bb, c11b);
            broadcast = Vector512.Create(a[12]);
            c12a = Vector512.FusedMultiplyAdd(broadcast, ba, c12a);
            c12b = Vector512.FusedMultiplyAdd(broadcast, bb, c12b);
            broadcast = Vector512.Create(a[13]);
            c13a = Vector512.FusedMultiplyAdd(broadcast, ba, c13a);
            c13b = Vector512.FusedMultiplyAdd(broadcast, bb, c13b);
            a += Rows;
            b += Columns;
        }

        _ = Store(0, rows, c, pitch, addToTarget, c0a, c0b)
            && Store(1, rows, c, pitch, addToTarget, c1a, c1b)
            && Store(2, rows, c, pitch, addToTarget, c2a, c2b)
            && Store(3, rows, c, pitch, addToTarget, c3a, c3b)
            && Store(4, rows, c, pitch, addToTarget, c4a, c4b)
            && Store(5, rows, c, pitch, addToTarget, c5a, c5b)
            && Store(6, rows, c, pitch, addToTarget, c6a, c6b)
            && Store(7, rows, c, pitch, addToTarget, c7a, c7b)
            && Store(8, rows, c, pitch, addToTarget, c8a, c8b)
            && Store(9, rows, c, pitch, addToTarget, c9a, c9b)
            && Store(10, rows, c, pitch, addToTarget, c10a, c10b)
            && Store(11, rows, c, pitch, addToTarget, c11a, c11b)
            && Store(12, rows, c, pitch, addToTarget, c12a, c12b)
            && Store(13, rows, c, pitch, addToTarget, c13a, c13b);
    }

    /// <summary>Stores a row of the tile; false when it was not wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Store(int row, int rows, float* c, nint pitch, bool addToTarget, Vector512<float> a, Vector512<float> b)
    {
        if (row >= rows)
        {
            return false;
        }

        float* target = c + row * pitch;
        if (addToTarget)
        {
            a += Vector512.Load(target);
            b += Vector512.Load(target + 16);
        }

        a.Store(target);
        b.Store(target + 16);
        return true;
    }
}
