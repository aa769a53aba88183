using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels.Gemm;

/// <content>The tiles of 14 rows: 28 of the 32 vector registers hold sums. LeViT's resolutions of 14·2ⁿ tokens and pixels are multiples of it.</content>
internal static unsafe partial class GemmKernels
{
    /// <summary>14 rows by 32 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows14Columns32(in GemmTile tile)
    {
        float* start = tile.Start;
        nint startPitch = tile.StartPitch;
        Vector512<float> c0a = Vector512.Load(start);
        Vector512<float> c0b = Vector512.Load(start + 16);
        Vector512<float> c1a = Vector512.Load(start + startPitch);
        Vector512<float> c1b = Vector512.Load(start + startPitch + 16);
        Vector512<float> c2a = Vector512.Load(start + 2 * startPitch);
        Vector512<float> c2b = Vector512.Load(start + 2 * startPitch + 16);
        Vector512<float> c3a = Vector512.Load(start + 3 * startPitch);
        Vector512<float> c3b = Vector512.Load(start + 3 * startPitch + 16);
        Vector512<float> c4a = Vector512.Load(start + 4 * startPitch);
        Vector512<float> c4b = Vector512.Load(start + 4 * startPitch + 16);
        Vector512<float> c5a = Vector512.Load(start + 5 * startPitch);
        Vector512<float> c5b = Vector512.Load(start + 5 * startPitch + 16);
        Vector512<float> c6a = Vector512.Load(start + 6 * startPitch);
        Vector512<float> c6b = Vector512.Load(start + 6 * startPitch + 16);
        Vector512<float> c7a = Vector512.Load(start + 7 * startPitch);
        Vector512<float> c7b = Vector512.Load(start + 7 * startPitch + 16);
        Vector512<float> c8a = Vector512.Load(start + 8 * startPitch);
        Vector512<float> c8b = Vector512.Load(start + 8 * startPitch + 16);
        Vector512<float> c9a = Vector512.Load(start + 9 * startPitch);
        Vector512<float> c9b = Vector512.Load(start + 9 * startPitch + 16);
        Vector512<float> c10a = Vector512.Load(start + 10 * startPitch);
        Vector512<float> c10b = Vector512.Load(start + 10 * startPitch + 16);
        Vector512<float> c11a = Vector512.Load(start + 11 * startPitch);
        Vector512<float> c11b = Vector512.Load(start + 11 * startPitch + 16);
        Vector512<float> c12a = Vector512.Load(start + 12 * startPitch);
        Vector512<float> c12b = Vector512.Load(start + 12 * startPitch + 16);
        Vector512<float> c13a = Vector512.Load(start + 13 * startPitch);
        Vector512<float> c13b = Vector512.Load(start + 13 * startPitch + 16);

        nint pitch = tile.APitch * sizeof(float); // in bytes
        byte* run = (byte*)tile.A;
        float* b = tile.B;
        for (int i = tile.Runs; i > 0; i--, run += tile.RunStride * sizeof(float))
        {
            byte* a0 = run;
            byte* a3 = run + 3 * pitch;
            byte* a6 = run + 6 * pitch;
            byte* a9 = run + 9 * pitch;
            byte* a12 = run + 12 * pitch;
            for (nint k = tile.RunLength; k > 0; k--)
            {
                Vector512<float> ba = Vector512.Load(b);
                Vector512<float> bb = Vector512.Load(b + 16);
                Vector512<float> a = Vector512.Create(*(float*)a0);
                c0a = Vector512.FusedMultiplyAdd(a, ba, c0a);
                c0b = Vector512.FusedMultiplyAdd(a, bb, c0b);
                a = Vector512.Create(*(float*)(a0 + pitch));
                c1a = Vector512.FusedMultiplyAdd(a, ba, c1a);
                c1b = Vector512.FusedMultiplyAdd(a, bb, c1b);
                a = Vector512.Create(*(float*)(a0 + 2 * pitch));
                c2a = Vector512.FusedMultiplyAdd(a, ba, c2a);
                c2b = Vector512.FusedMultiplyAdd(a, bb, c2b);
                a = Vector512.Create(*(float*)a3);
                c3a = Vector512.FusedMultiplyAdd(a, ba, c3a);
                c3b = Vector512.FusedMultiplyAdd(a, bb, c3b);
                a = Vector512.Create(*(float*)(a3 + pitch));
                c4a = Vector512.FusedMultiplyAdd(a, ba, c4a);
                c4b = Vector512.FusedMultiplyAdd(a, bb, c4b);
                a = Vector512.Create(*(float*)(a3 + 2 * pitch));
                c5a = Vector512.FusedMultiplyAdd(a, ba, c5a);
                c5b = Vector512.FusedMultiplyAdd(a, bb, c5b);
                a = Vector512.Create(*(float*)a6);
                c6a = Vector512.FusedMultiplyAdd(a, ba, c6a);
                c6b = Vector512.FusedMultiplyAdd(a, bb, c6b);
                a = Vector512.Create(*(float*)(a6 + pitch));
                c7a = Vector512.FusedMultiplyAdd(a, ba, c7a);
                c7b = Vector512.FusedMultiplyAdd(a, bb, c7b);
                a = Vector512.Create(*(float*)(a6 + 2 * pitch));
                c8a = Vector512.FusedMultiplyAdd(a, ba, c8a);
                c8b = Vector512.FusedMultiplyAdd(a, bb, c8b);
                a = Vector512.Create(*(float*)a9);
                c9a = Vector512.FusedMultiplyAdd(a, ba, c9a);
                c9b = Vector512.FusedMultiplyAdd(a, bb, c9b);
                a = Vector512.Create(*(float*)(a9 + pitch));
                c10a = Vector512.FusedMultiplyAdd(a, ba, c10a);
                c10b = Vector512.FusedMultiplyAdd(a, bb, c10b);
                a = Vector512.Create(*(float*)(a9 + 2 * pitch));
                c11a = Vector512.FusedMultiplyAdd(a, ba, c11a);
                c11b = Vector512.FusedMultiplyAdd(a, bb, c11b);
                a = Vector512.Create(*(float*)a12);
                c12a = Vector512.FusedMultiplyAdd(a, ba, c12a);
                c12b = Vector512.FusedMultiplyAdd(a, bb, c12b);
                a = Vector512.Create(*(float*)(a12 + pitch));
                c13a = Vector512.FusedMultiplyAdd(a, ba, c13a);
                c13b = Vector512.FusedMultiplyAdd(a, bb, c13b);
                b += 32;
                a0 += sizeof(float);
                a3 += sizeof(float);
                a6 += sizeof(float);
                a9 += sizeof(float);
                a12 += sizeof(float);
            }
        }

        _ = Finish(in tile, 0, c0a, c0b)
            && Finish(in tile, 1, c1a, c1b)
            && Finish(in tile, 2, c2a, c2b)
            && Finish(in tile, 3, c3a, c3b)
            && Finish(in tile, 4, c4a, c4b)
            && Finish(in tile, 5, c5a, c5b)
            && Finish(in tile, 6, c6a, c6b)
            && Finish(in tile, 7, c7a, c7b)
            && Finish(in tile, 8, c8a, c8b)
            && Finish(in tile, 9, c9a, c9b)
            && Finish(in tile, 10, c10a, c10b)
            && Finish(in tile, 11, c11a, c11b)
            && Finish(in tile, 12, c12a, c12b)
            && Finish(in tile, 13, c13a, c13b);
    }

    /// <summary>14 rows by 16 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows14Columns16(in GemmTile tile)
    {
        float* start = tile.Start;
        nint startPitch = tile.StartPitch;
        Vector512<float> c0a = Vector512.Load(start);
        Vector512<float> c1a = Vector512.Load(start + startPitch);
        Vector512<float> c2a = Vector512.Load(start + 2 * startPitch);
        Vector512<float> c3a = Vector512.Load(start + 3 * startPitch);
        Vector512<float> c4a = Vector512.Load(start + 4 * startPitch);
        Vector512<float> c5a = Vector512.Load(start + 5 * startPitch);
        Vector512<float> c6a = Vector512.Load(start + 6 * startPitch);
        Vector512<float> c7a = Vector512.Load(start + 7 * startPitch);
        Vector512<float> c8a = Vector512.Load(start + 8 * startPitch);
        Vector512<float> c9a = Vector512.Load(start + 9 * startPitch);
        Vector512<float> c10a = Vector512.Load(start + 10 * startPitch);
        Vector512<float> c11a = Vector512.Load(start + 11 * startPitch);
        Vector512<float> c12a = Vector512.Load(start + 12 * startPitch);
        Vector512<float> c13a = Vector512.Load(start + 13 * startPitch);

        nint pitch = tile.APitch * sizeof(float); // in bytes
        byte* run = (byte*)tile.A;
        float* b = tile.B;
        for (int i = tile.Runs; i > 0; i--, run += tile.RunStride * sizeof(float))
        {
            byte* a0 = run;
            byte* a3 = run + 3 * pitch;
            byte* a6 = run + 6 * pitch;
            byte* a9 = run + 9 * pitch;
            byte* a12 = run + 12 * pitch;
            for (nint k = tile.RunLength; k > 0; k--)
            {
                Vector512<float> ba = Vector512.Load(b);
                Vector512<float> a = Vector512.Create(*(float*)a0);
                c0a = Vector512.FusedMultiplyAdd(a, ba, c0a);
                a = Vector512.Create(*(float*)(a0 + pitch));
                c1a = Vector512.FusedMultiplyAdd(a, ba, c1a);
                a = Vector512.Create(*(float*)(a0 + 2 * pitch));
                c2a = Vector512.FusedMultiplyAdd(a, ba, c2a);
                a = Vector512.Create(*(float*)a3);
                c3a = Vector512.FusedMultiplyAdd(a, ba, c3a);
                a = Vector512.Create(*(float*)(a3 + pitch));
                c4a = Vector512.FusedMultiplyAdd(a, ba, c4a);
                a = Vector512.Create(*(float*)(a3 + 2 * pitch));
                c5a = Vector512.FusedMultiplyAdd(a, ba, c5a);
                a = Vector512.Create(*(float*)a6);
                c6a = Vector512.FusedMultiplyAdd(a, ba, c6a);
                a = Vector512.Create(*(float*)(a6 + pitch));
                c7a = Vector512.FusedMultiplyAdd(a, ba, c7a);
                a = Vector512.Create(*(float*)(a6 + 2 * pitch));
                c8a = Vector512.FusedMultiplyAdd(a, ba, c8a);
                a = Vector512.Create(*(float*)a9);
                c9a = Vector512.FusedMultiplyAdd(a, ba, c9a);
                a = Vector512.Create(*(float*)(a9 + pitch));
                c10a = Vector512.FusedMultiplyAdd(a, ba, c10a);
                a = Vector512.Create(*(float*)(a9 + 2 * pitch));
                c11a = Vector512.FusedMultiplyAdd(a, ba, c11a);
                a = Vector512.Create(*(float*)a12);
                c12a = Vector512.FusedMultiplyAdd(a, ba, c12a);
                a = Vector512.Create(*(float*)(a12 + pitch));
                c13a = Vector512.FusedMultiplyAdd(a, ba, c13a);
                b += 16;
                a0 += sizeof(float);
                a3 += sizeof(float);
                a6 += sizeof(float);
                a9 += sizeof(float);
                a12 += sizeof(float);
            }
        }

        _ = Finish(in tile, 0, c0a)
            && Finish(in tile, 1, c1a)
            && Finish(in tile, 2, c2a)
            && Finish(in tile, 3, c3a)
            && Finish(in tile, 4, c4a)
            && Finish(in tile, 5, c5a)
            && Finish(in tile, 6, c6a)
            && Finish(in tile, 7, c7a)
            && Finish(in tile, 8, c8a)
            && Finish(in tile, 9, c9a)
            && Finish(in tile, 10, c10a)
            && Finish(in tile, 11, c11a)
            && Finish(in tile, 12, c12a)
            && Finish(in tile, 13, c13a);
    }
}
