using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Levit.Kernels;

/// <summary>Computes tiles of single-precision products with all sums in vector registers.</summary>
/// <remarks>
/// Per step of k a tile reads one or two vectors of B and one number of A per row, and does a fused multiply-add of
/// each with each. On processors with AVX-512 this runs at the rate of the multipliers; elsewhere the same code is
/// correct but slow, so callers ask <see cref="IsFast"/>.
/// </remarks>
internal static unsafe partial class GemmKernels
{
    /// <summary>The columns of a panel; the last one of a matrix may have half of it.</summary>
    public const int PanelColumns = 32;

    /// <summary>The rows of A and of the start that must be readable beyond the last one.</summary>
    public const int ReadableRows = 14;

    /// <summary>Whether the processor has 512-bit vectors.</summary>
    public static bool IsFast => Vector512.IsHardwareAccelerated;

    /// <summary>The rows of the next tile when so many are left: 14 while there are many, and 8 for the rest.</summary>
    public static int TileRows(int rowsLeft) => rowsLeft <= 8 || rowsLeft is 15 or 16 ? 8 : 14;

    /// <summary>Computes a tile of <see cref="TileRows"/> rows and 32 or 16 columns.</summary>
    public static void Compute(int tileRows, int columns, in GemmTile tile)
    {
        if (columns == PanelColumns)
        {
            if (tileRows == 8)
            {
                Rows8Columns32(in tile);
            }
            else
            {
                Rows14Columns32(in tile);
            }
        }
        else if (tileRows == 8)
        {
            Rows8Columns16(in tile);
        }
        else
        {
            Rows14Columns16(in tile);
        }
    }

    /// <summary>x · min(max(x + 3, 0), 6) / 6.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Hardswish(Vector512<float> x)
    {
        Vector512<float> gate = Vector512.FusedMultiplyAdd(x, Vector512.Create(1 / 6f), Vector512.Create(0.5f));
        return x * Vector512.MinNative(Vector512.MaxNative(gate, Vector512<float>.Zero), Vector512<float>.One);
    }

    /// <summary>Stores a row of a tile; false when it was not wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Finish(in GemmTile tile, int row, Vector512<float> a, Vector512<float> b)
    {
        if (!Finish(in tile, row, a))
        {
            return false;
        }

        Finish(in tile, row, b, column: Vector512<float>.Count);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Finish(in GemmTile tile, int row, Vector512<float> sum, int column = 0)
    {
        if (row >= tile.Rows)
        {
            return false;
        }

        if (tile.Scale != null)
        {
            sum *= tile.Scale[row];
        }

        if (tile.Hardswish)
        {
            sum = Hardswish(sum);
        }

        if (tile.Residual != null)
        {
            sum += Vector512.Load(tile.Residual + row * tile.ResidualPitch + column);
        }

        sum.Store(tile.C + row * tile.CPitch + column);
        return true;
    }
}
