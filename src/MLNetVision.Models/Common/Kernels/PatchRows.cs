using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNetVision.Models.Common.Kernels;

/// <summary>What a tap of a kernel reads, seen from a pixel of the result: (row, column) · stride + this.</summary>
internal readonly record struct Tap(int Row, int Column);

/// <summary>
/// The patches of a map as the rows of a matrix that is never made whole (im2col): one row for each channel and tap, one
/// column for each pixel of the result; zeros where a tap leaves the map.
/// </summary>
/// <param name="Map">(channels, height, width).</param>
/// <param name="Height">The map's rows.</param>
/// <param name="Width">The map's columns.</param>
/// <param name="ResultWidth">The columns of the result's grid.</param>
/// <param name="Stride">From one pixel of the result to the next, in pixels of the map.</param>
/// <param name="Taps">What each pixel of the result reads of a channel.</param>
internal readonly unsafe record struct PatchRows(nint Map, int Height, int Width, int ResultWidth, int Stride, Tap[] Taps)
{
    /// <summary>The taps of a square kernel, row by row.</summary>
    public static Tap[] SquareKernel(int side, int padding) =>
        [.. Enumerable.Range(0, side * side).Select(i => new Tap(i / side - padding, i % side - padding))];

    /// <summary>Copies a part of a row.</summary>
    /// <param name="row">channel · taps + tap.</param>
    /// <param name="first">The first pixel of the result.</param>
    /// <param name="count">The pixels.</param>
    /// <param name="target">As many floats.</param>
    public void Copy(int row, int first, int count, float* target)
    {
        float* plane = (float*)Map + (long)(row / Taps.Length) * Height * Width;
        Tap tap = Taps[row % Taps.Length];
        (int y, int x) = Math.DivRem(first, ResultWidth);
        while (count > 0)
        {
            int run = Math.Min(count, ResultWidth - x), mapRow = y * Stride + tap.Row;
            if ((uint)mapRow < (uint)Height)
            {
                CopyRun(plane + (long)mapRow * Width, x * Stride + tap.Column, run, target);
            }
            else
            {
                new Span<float>(target, run).Clear();
            }

            (y, x, count) = (y + 1, 0, count - run);
            target += run;
        }
    }

    // The columns from, from + stride, … of one line of the map.
    private void CopyRun(float* line, int from, int count, float* target)
    {
        int before = from < 0 ? Math.Min(count, (-from + Stride - 1) / Stride) : 0;
        int end = from >= Width ? before : Math.Max(before, Math.Min(count, (Width - 1 - from) / Stride + 1));
        if (before > 0)
        {
            new Span<float>(target, before).Clear();
        }

        if (end < count)
        {
            new Span<float>(target + end, count - end).Clear();
        }

        float* source = line + from + before * Stride;
        if (Stride == 1)
        {
            CopyFloats(source, target + before, end - before);
        }
        else
        {
            CopyStrided(source, target + before, end - before);
        }
    }

    // Runs are short: a call to the system's copy would take longer than the copy.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyFloats(float* source, float* target, int count)
    {
        int i = 0;
        for (; i <= count - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256.Load(source + i).Store(target + i);
        }

        for (; i < count; i++)
        {
            target[i] = source[i];
        }
    }

    private void CopyStrided(float* source, float* target, int count)
    {
        int i = 0;
        if (Stride == 2 && Avx2.IsSupported)
        {
            // The last of 16 floats is one behind the last that is wanted: it must lie on the line too.
            for (; i < count - 8; i += 8)
            {
                Vector256<float> even = Avx.Shuffle(Vector256.Load(source + 2 * i), Vector256.Load(source + 2 * i + 8), 0x88);
                Avx2.Permute4x64(even.AsDouble(), 0xD8).AsSingle().Store(target + i);
            }
        }

        for (; i < count; i++)
        {
            target[i] = source[(long)i * Stride];
        }
    }
}
