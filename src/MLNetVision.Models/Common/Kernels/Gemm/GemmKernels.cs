using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLNetVision.Imaging.Levels;

namespace MLNetVision.Models.Common.Kernels.Gemm;

/// <summary>Computes single-precision products with all sums in vector registers: the innermost loops of every product.</summary>
/// <remarks>
/// <para>Per step of k a tile reads one or two vectors of B and one number of A per row, and does a fused multiply-add of
/// each with each. The vectors are the level's (<see cref="KernelLevels"/>): 512 bits wide with tiles of 14 or 8 rows and 32 or 16 columns, or 256
/// bits with tiles of 6 or 4 rows and 16 columns. Without AVX2 and FMA the runtime splits the latter: correct but slow.</para>
/// <para>Each element is its start and then one fused multiply-add per k in order, whatever the tile, so results depend
/// neither on the division of the work nor on the processor.</para>
/// </remarks>
internal static unsafe partial class GemmKernels
{
    /// <summary>The rows of A and of the start that must be readable from a tile's first one, wanted or not.</summary>
    public const int ReadableRows = 14;

    /// <summary>The columns of a panel; the last one of a matrix may have 16.</summary>
    public static int PanelColumns => KernelLevels.UsesAvx512 ? 32 : 16;

    /// <summary>The most rows that callers which finish sums themselves compute at once: whole tiles.</summary>
    public static int BlockRows => KernelLevels.UsesAvx512 ? 14 : 12;

    /// <summary>Whether these kernels run at the rate of the processor's multipliers.</summary>
    public static bool IsFast => KernelLevels.UsesAvx2;

    /// <summary>Computes any number of rows of one panel.</summary>
    /// <param name="product">The rows, and one panel of B.</param>
    /// <param name="columns">The columns of the panel: <see cref="PanelColumns"/> or 16.</param>
    public static void Compute(in GemmTile product, int columns)
    {
        GemmTile tile = product;
        for (int left = product.Rows; left > 0; left -= tile.Rows)
        {
            int tileRows = TileRows(left);
            tile.Rows = Math.Min(tileRows, left);
            Compute(in tile, tileRows, columns);
            tile.A += tile.Rows * tile.APitch;
            tile.Start += tile.Rows * tile.StartPitch;
            tile.Scale += tile.Scale == null ? 0 : tile.Rows;
            tile.Residual += tile.Residual == null ? 0 : tile.Rows * tile.ResidualPitch;
            tile.C += tile.Rows * tile.CPitch;
        }
    }

    /// <summary>The rows of the next tile when so many are left, such that few are computed in vain.</summary>
    private static int TileRows(int left) => KernelLevels.UsesAvx512
        ? left <= 8 || left is 15 or 16 ? 8 : 14
        : left <= 4 || left is 7 or 8 ? 4 : 6;

    /// <summary>The rows to compute at once, at most <see cref="BlockRows"/>, when so many are left.</summary>
    public static int NextBlock(int left) => Math.Min(left, KernelLevels.UsesAvx512 ? TileRows(left) : BlockRows);

    private static void Compute(in GemmTile tile, int tileRows, int columns)
    {
        switch (tileRows)
        {
            case 4:
                Rows4Columns16(in tile);
                break;
            case 6:
                Rows6Columns16(in tile);
                break;
            case 8 when columns == 16:
                Rows8Columns16(in tile);
                break;
            case 8:
                Rows8Columns32(in tile);
                break;
            default:
                if (columns == 16)
                {
                    Rows14Columns16(in tile);
                }
                else
                {
                    Rows14Columns32(in tile);
                }

                break;
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
