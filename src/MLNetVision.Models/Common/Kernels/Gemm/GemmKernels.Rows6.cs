using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels.Gemm;

/// <content>The tiles of 256-bit vectors, 16 columns wide: 6 rows fill AVX2's registers, 4 are for what is left.</content>
internal static unsafe partial class GemmKernels
{
    /// <summary>6 rows by 16 columns: 12 of 16 registers hold sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows6Columns16(in GemmTile tile)
    {
        float* start = tile.Start;
        nint startPitch = tile.StartPitch;
        Vector256<float> c0a = Vector256.Load(start);
        Vector256<float> c0b = Vector256.Load(start + 8);
        Vector256<float> c1a = Vector256.Load(start + startPitch);
        Vector256<float> c1b = Vector256.Load(start + startPitch + 8);
        Vector256<float> c2a = Vector256.Load(start + 2 * startPitch);
        Vector256<float> c2b = Vector256.Load(start + 2 * startPitch + 8);
        Vector256<float> c3a = Vector256.Load(start + 3 * startPitch);
        Vector256<float> c3b = Vector256.Load(start + 3 * startPitch + 8);
        Vector256<float> c4a = Vector256.Load(start + 4 * startPitch);
        Vector256<float> c4b = Vector256.Load(start + 4 * startPitch + 8);
        Vector256<float> c5a = Vector256.Load(start + 5 * startPitch);
        Vector256<float> c5b = Vector256.Load(start + 5 * startPitch + 8);

        nint pitch = tile.APitch * sizeof(float); // in bytes
        byte* run = (byte*)tile.A;
        float* b = tile.B;
        for (int i = tile.Runs; i > 0; i--, run += tile.RunStride * sizeof(float))
        {
            byte* a0 = run;
            byte* a3 = run + 3 * pitch;
            for (nint k = tile.RunLength; k > 0; k--)
            {
                Vector256<float> ba = Vector256.Load(b);
                Vector256<float> bb = Vector256.Load(b + 8);
                Vector256<float> a = Vector256.Create(*(float*)a0);
                c0a = Vector256.FusedMultiplyAdd(a, ba, c0a);
                c0b = Vector256.FusedMultiplyAdd(a, bb, c0b);
                a = Vector256.Create(*(float*)(a0 + pitch));
                c1a = Vector256.FusedMultiplyAdd(a, ba, c1a);
                c1b = Vector256.FusedMultiplyAdd(a, bb, c1b);
                a = Vector256.Create(*(float*)(a0 + 2 * pitch));
                c2a = Vector256.FusedMultiplyAdd(a, ba, c2a);
                c2b = Vector256.FusedMultiplyAdd(a, bb, c2b);
                a = Vector256.Create(*(float*)a3);
                c3a = Vector256.FusedMultiplyAdd(a, ba, c3a);
                c3b = Vector256.FusedMultiplyAdd(a, bb, c3b);
                a = Vector256.Create(*(float*)(a3 + pitch));
                c4a = Vector256.FusedMultiplyAdd(a, ba, c4a);
                c4b = Vector256.FusedMultiplyAdd(a, bb, c4b);
                a = Vector256.Create(*(float*)(a3 + 2 * pitch));
                c5a = Vector256.FusedMultiplyAdd(a, ba, c5a);
                c5b = Vector256.FusedMultiplyAdd(a, bb, c5b);
                b += 16;
                a0 += sizeof(float);
                a3 += sizeof(float);
            }
        }

        _ = Finish(in tile, 0, c0a, c0b)
            && Finish(in tile, 1, c1a, c1b)
            && Finish(in tile, 2, c2a, c2b)
            && Finish(in tile, 3, c3a, c3b)
            && Finish(in tile, 4, c4a, c4b)
            && Finish(in tile, 5, c5a, c5b);
    }

    /// <summary>4 rows by 16 columns: the fewest sums that keep two multipliers busy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows4Columns16(in GemmTile tile)
    {
        float* start = tile.Start;
        nint startPitch = tile.StartPitch;
        Vector256<float> c0a = Vector256.Load(start);
        Vector256<float> c0b = Vector256.Load(start + 8);
        Vector256<float> c1a = Vector256.Load(start + startPitch);
        Vector256<float> c1b = Vector256.Load(start + startPitch + 8);
        Vector256<float> c2a = Vector256.Load(start + 2 * startPitch);
        Vector256<float> c2b = Vector256.Load(start + 2 * startPitch + 8);
        Vector256<float> c3a = Vector256.Load(start + 3 * startPitch);
        Vector256<float> c3b = Vector256.Load(start + 3 * startPitch + 8);

        nint pitch = tile.APitch * sizeof(float); // in bytes
        byte* run = (byte*)tile.A;
        float* b = tile.B;
        for (int i = tile.Runs; i > 0; i--, run += tile.RunStride * sizeof(float))
        {
            byte* a0 = run;
            byte* a3 = run + 3 * pitch;
            for (nint k = tile.RunLength; k > 0; k--)
            {
                Vector256<float> ba = Vector256.Load(b);
                Vector256<float> bb = Vector256.Load(b + 8);
                Vector256<float> a = Vector256.Create(*(float*)a0);
                c0a = Vector256.FusedMultiplyAdd(a, ba, c0a);
                c0b = Vector256.FusedMultiplyAdd(a, bb, c0b);
                a = Vector256.Create(*(float*)(a0 + pitch));
                c1a = Vector256.FusedMultiplyAdd(a, ba, c1a);
                c1b = Vector256.FusedMultiplyAdd(a, bb, c1b);
                a = Vector256.Create(*(float*)(a0 + 2 * pitch));
                c2a = Vector256.FusedMultiplyAdd(a, ba, c2a);
                c2b = Vector256.FusedMultiplyAdd(a, bb, c2b);
                a = Vector256.Create(*(float*)a3);
                c3a = Vector256.FusedMultiplyAdd(a, ba, c3a);
                c3b = Vector256.FusedMultiplyAdd(a, bb, c3b);
                b += 16;
                a0 += sizeof(float);
                a3 += sizeof(float);
            }
        }

        _ = Finish(in tile, 0, c0a, c0b)
            && Finish(in tile, 1, c1a, c1b)
            && Finish(in tile, 2, c2a, c2b)
            && Finish(in tile, 3, c3a, c3b);
    }

    /// <summary>x · min(max(x + 3, 0), 6) / 6.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Hardswish(Vector256<float> x)
    {
        Vector256<float> gate = Vector256.FusedMultiplyAdd(x, Vector256.Create(1 / 6f), Vector256.Create(0.5f));
        return x * Vector256.MinNative(Vector256.MaxNative(gate, Vector256<float>.Zero), Vector256<float>.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Finish(in GemmTile tile, int row, Vector256<float> a, Vector256<float> b)
    {
        if (row >= tile.Rows)
        {
            return false;
        }

        if (tile.Scale != null)
        {
            var scale = Vector256.Create(tile.Scale[row]);
            (a, b) = (a * scale, b * scale);
        }

        if (tile.Hardswish)
        {
            (a, b) = (Hardswish(a), Hardswish(b));
        }

        if (tile.Residual != null)
        {
            float* residual = tile.Residual + row * tile.ResidualPitch;
            (a, b) = (a + Vector256.Load(residual), b + Vector256.Load(residual + 8));
        }

        float* c = tile.C + row * tile.CPitch;
        a.Store(c);
        b.Store(c + 8);
        return true;
    }
}
