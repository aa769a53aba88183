using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLNetVision.Imaging.Pictures.Kernels;
using MLNetVision.Imaging.Pictures.Resizing.Filters;

namespace MLNetVision.Imaging.Pictures.Resizing.Kernels;

/// <summary>Resamples rows: each new pixel is a weighted sum of its neighbours in the row, rounded to a byte.</summary>
internal static unsafe class HorizontalPass
{
    private const int RowsAtOnce = 4;

    /// <summary>The bytes of a vector load, which may reach behind the pixels that it wants.</summary>
    private const int LoadBytes = 16;

    private static readonly Vector256<byte> SpreadFour = Vector256.Create(
        0, 255, 4, 255, 1, 255, 5, 255, 2, 255, 6, 255, 3, 255, 7, 255,
        8, 255, 12, 255, 9, 255, 13, 255, 10, 255, 14, 255, 11, 255, 15, 255);

    private static readonly Vector256<byte> SpreadThree = Vector256.Create(
        0, 255, 3, 255, 1, 255, 4, 255, 2, 255, 5, 255, 255, 255, 255, 255,
        6, 255, 9, 255, 7, 255, 10, 255, 8, 255, 11, 255, 255, 255, 255, 255);

    /// <summary>Resamples some rows of a picture, and of each only some new columns.</summary>
    /// <param name="source">The picture.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rowCount">The number of rows.</param>
    /// <param name="weights">The weights of the horizontal axis.</param>
    /// <param name="firstColumn">The first new column.</param>
    /// <param name="columnCount">The number of new columns.</param>
    /// <param name="target">The new rows, with as many bytes a pixel as the source.</param>
    /// <param name="targetStride">From row to row, at least one byte more than a row has.</param>
    /// <param name="kernel">The instruction set.</param>
    public static void Run(
        in PixelView source, int firstRow, int rowCount, ResampleWeights weights, int firstColumn, int columnCount,
        byte* target, nint targetStride, ResampleKernel kernel)
    {
        firstColumn -= weights.First;
        if (kernel == ResampleKernel.Portable)
        {
            for (int row = 0; row < rowCount; row++)
            {
                PortableRow(source.Row(firstRow + row), source.BytesPerPixel, weights, firstColumn, columnCount, target + row * targetStride);
            }

            return;
        }

        int bytesPerPixel = source.BytesPerPixel;
        byte** from = stackalloc byte*[RowsAtOnce];
        byte** to = stackalloc byte*[RowsAtOnce];
        byte* end = source.Row(source.Height);
        for (int row = 0; row < rowCount; row += RowsAtOnce)
        {
            for (int i = 0; i < RowsAtOnce; i++)
            {
                // Where rows run out the last one is simply made again.
                int y = Math.Min(row + i, rowCount - 1);
                from[i] = source.Row(firstRow + y);
                to[i] = target + y * targetStride;
            }

            int columns = ColumnsWithin((nint)(end - from[RowsAtOnce - 1]), bytesPerPixel, weights, firstColumn, columnCount);
            Avx2Rows(from, to, bytesPerPixel, weights, firstColumn, columns);
            for (int i = 0; i < RowsAtOnce && columns < columnCount; i++)
            {
                PortableRow(from[i], bytesPerPixel, weights, firstColumn + columns, columnCount - columns, to[i] + (nint)columns * bytesPerPixel);
            }
        }
    }

    /// <summary>How many of the new columns, from the first one on, are made without a load that leaves the picture behind its last pixel.</summary>
    private static int ColumnsWithin(nint bytes, int bytesPerPixel, ResampleWeights weights, int firstColumn, int columnCount)
    {
        // A column's last load begins at its last pixel or up to three before it.
        int columns = columnCount;
        while (columns > 0 && LastPixel(firstColumn + columns - 1) * bytesPerPixel + LoadBytes > bytes)
        {
            columns--;
        }

        return columns;

        nint LastPixel(int column) => (nint)weights.Starts[column] + weights.Counts[column] - 1;
    }

    private static void Avx2Rows(byte** from, byte** to, int bytesPerPixel, ResampleWeights weights, int firstColumn, int columnCount)
    {
        Vector256<byte> spread = bytesPerPixel == 4 ? SpreadFour : SpreadThree;
        Vector256<int> lowParts = Vector256.Create(0, 0, 0, 0, 1, 1, 1, 1);
        Vector256<int> highParts = Vector256.Create(2, 2, 2, 2, 3, 3, 3, 3);
        byte* from0 = from[0], from1 = from[1], from2 = from[2], from3 = from[3];
        byte* to0 = to[0], to1 = to[1], to2 = to[2], to3 = to[3];
        nint groupBytes = 4 * bytesPerPixel;
        fixed (int* packed = weights.Packed, starts = weights.Starts, counts = weights.Counts)
        {
            for (int x = 0; x < columnCount; x++)
            {
                int column = firstColumn + x;
                int* group = packed + (nint)column * weights.Pitch;
                nint at = (nint)starts[column] * bytesPerPixel;
                Vector256<int> low0 = default, low1 = default, low2 = default, low3 = default;
                Vector256<int> high0 = default, high1 = default, high2 = default, high3 = default;
                for (int left = counts[column]; left > 0; left -= 4, group += 4, at += groupBytes)
                {
                    Vector256<int> parts = Vector128.Load(group).ToVector256Unsafe();
                    Vector256<short> low = Avx2.PermuteVar8x32(parts, lowParts).AsInt16();
                    Vector256<short> high = Avx2.PermuteVar8x32(parts, highParts).AsInt16();
                    Vector256<short> pixels = Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(from0 + at), spread).AsInt16();
                    low0 += Avx2.MultiplyAddAdjacent(pixels, low);
                    high0 += Avx2.MultiplyAddAdjacent(pixels, high);
                    pixels = Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(from1 + at), spread).AsInt16();
                    low1 += Avx2.MultiplyAddAdjacent(pixels, low);
                    high1 += Avx2.MultiplyAddAdjacent(pixels, high);
                    pixels = Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(from2 + at), spread).AsInt16();
                    low2 += Avx2.MultiplyAddAdjacent(pixels, low);
                    high2 += Avx2.MultiplyAddAdjacent(pixels, high);
                    pixels = Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(from3 + at), spread).AsInt16();
                    low3 += Avx2.MultiplyAddAdjacent(pixels, low);
                    high3 += Avx2.MultiplyAddAdjacent(pixels, high);
                }

                Vector128<short> first = Sse2.PackSignedSaturate(Rounded(low0, high0), Rounded(low1, high1));
                Vector128<short> second = Sse2.PackSignedSaturate(Rounded(low2, high2), Rounded(low3, high3));
                Vector128<uint> pixelOfEachRow = Sse2.PackUnsignedSaturate(first, second).AsUInt32();
                nint offset = (nint)x * bytesPerPixel;
                Unsafe.WriteUnaligned(to0 + offset, pixelOfEachRow.GetElement(0));
                Unsafe.WriteUnaligned(to1 + offset, pixelOfEachRow.GetElement(1));
                Unsafe.WriteUnaligned(to2 + offset, pixelOfEachRow.GetElement(2));
                Unsafe.WriteUnaligned(to3 + offset, pixelOfEachRow.GetElement(3));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Rounded(Vector256<int> low, Vector256<int> high)
    {
        Vector256<int> sum = low + (high << ResampleWeights.LowBits);
        return (sum.GetLower() + sum.GetUpper() + Vector128.Create(1 << (ResampleWeights.Precision - 1))) >> ResampleWeights.Precision;
    }

    private static void PortableRow(byte* from, int bytesPerPixel, ResampleWeights weights, int firstColumn, int columnCount, byte* to)
    {
        for (int x = 0; x < columnCount; x++)
        {
            int column = firstColumn + x;
            ReadOnlySpan<int> own = weights.Weights.AsSpan(column * weights.Pitch, weights.Counts[column]);
            byte* pixel = from + (nint)weights.Starts[column] * bytesPerPixel;
            Vector128<int> sum = Vector128.Create(1 << (ResampleWeights.Precision - 1));
            foreach (int weight in own)
            {
                // R, G and B by bytes: a load of four could leave the picture behind its last pixel.
                sum += Vector128.Create(pixel[0], pixel[1], pixel[2], 0) * weight;
                pixel += bytesPerPixel;
            }

            Vector128<int> rounded = Vector128.Min(Vector128.Max(sum >> ResampleWeights.Precision, Vector128<int>.Zero), Vector128.Create(255));
            byte* result = to + (nint)x * bytesPerPixel;
            result[0] = (byte)rounded[0];
            result[1] = (byte)rounded[1];
            result[2] = (byte)rounded[2];
        }
    }
}
