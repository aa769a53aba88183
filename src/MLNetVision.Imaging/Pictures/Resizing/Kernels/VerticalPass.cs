using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLNetVision.Imaging.Pictures.Resizing.Filters;

namespace MLNetVision.Imaging.Pictures.Resizing.Kernels;

/// <summary>Resamples columns: each byte of a new row is a weighted sum of the bytes above and below it, rounded.</summary>
internal static unsafe class VerticalPass
{
    /// <summary>Makes one new row.</summary>
    /// <param name="weights">The weights of the vertical axis.</param>
    /// <param name="row">The new row.</param>
    /// <param name="source">Where the first byte of source row 0 is, or would be.</param>
    /// <param name="stride">From source row to source row.</param>
    /// <param name="target">The new row's bytes.</param>
    /// <param name="bytes">Their number.</param>
    /// <param name="kernel">The instruction set.</param>
    public static void Run(ResampleWeights weights, int row, byte* source, nint stride, byte* target, int bytes, ResampleKernel kernel)
    {
        row -= weights.First;
        int count = weights.Counts[row];
        byte* first = source + weights.Starts[row] * stride;
        int done = 0;
        if (kernel >= ResampleKernel.Avx512 && bytes >= Vector512<byte>.Count)
        {
            fixed (int* packed = &weights.Packed[row * weights.Pitch])
            {
                // The last block reaches back to the row's end, over bytes that are already made.
                for (; done < bytes; done += Vector512<byte>.Count)
                {
                    int at = Math.Min(done, bytes - Vector512<byte>.Count);
                    Avx512Block(first + at, stride, count, packed).Store(target + at);
                }
            }

            return;
        }

        if (kernel >= ResampleKernel.Avx2 && bytes >= Vector256<byte>.Count)
        {
            fixed (int* packed = &weights.Packed[row * weights.Pitch])
            {
                for (; done < bytes; done += Vector256<byte>.Count)
                {
                    int at = Math.Min(done, bytes - Vector256<byte>.Count);
                    Avx2Block(first + at, stride, count, packed).Store(target + at);
                }
            }

            return;
        }

        ReadOnlySpan<int> own = weights.Weights.AsSpan(row * weights.Pitch, count);
        for (; done + 8 <= bytes; done += 8)
        {
            Unsafe.WriteUnaligned(target + done, PortableBlock(first + done, stride, own));
        }

        for (; done < bytes; done++)
        {
            int sum = 1 << (ResampleWeights.Precision - 1);
            byte* at = first + done;
            foreach (int weight in own)
            {
                sum += *at * weight;
                at += stride;
            }

            target[done] = (byte)Math.Clamp(sum >> ResampleWeights.Precision, 0, 255);
        }
    }

    /// <summary>Eight bytes.</summary>
    private static ulong PortableBlock(byte* at, nint stride, ReadOnlySpan<int> weights)
    {
        Vector128<int> left = Vector128.Create(1 << (ResampleWeights.Precision - 1)), right = left;
        foreach (int weight in weights)
        {
            Vector128<ushort> wide = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(at)).AsByte());
            left += Vector128.WidenLower(wide).AsInt32() * weight;
            right += Vector128.WidenUpper(wide).AsInt32() * weight;
            at += stride;
        }

        Vector128<short> narrow = Vector128.Narrow(Clipped(left), Clipped(right));
        return Vector128.Narrow(narrow.AsUInt16(), narrow.AsUInt16()).AsUInt64().ToScalar();
    }

    private static Vector128<int> Clipped(Vector128<int> sum) =>
        Vector128.Min(Vector128.Max(sum >> ResampleWeights.Precision, Vector128<int>.Zero), Vector128.Create(255));

    private static Vector256<byte> Avx2Block(byte* at, nint stride, int count, int* packed)
    {
        Vector256<int> low0 = default, low1 = default, low2 = default, low3 = default;
        Vector256<int> high0 = default, high1 = default, high2 = default, high3 = default;
        Vector256<byte> zero = default;
        for (int k = 0; k < count; k += 2, at += 2 * stride)
        {
            int* parts = packed + (k & ~3) + ((k >> 1) & 1);
            Vector256<short> low = Vector256.Create(parts[0]).AsInt16();
            Vector256<short> high = Vector256.Create(parts[2]).AsInt16();
            Vector256<byte> above = Vector256.Load(at);
            Vector256<byte> below = Vector256.Load(k + 1 < count ? at + stride : at); // of an odd last row the weight is 0
            Vector256<byte> left = Avx2.UnpackLow(above, below), right = Avx2.UnpackHigh(above, below);
            Vector256<short> pairs = Avx2.UnpackLow(left, zero).AsInt16();
            low0 += Avx2.MultiplyAddAdjacent(pairs, low);
            high0 += Avx2.MultiplyAddAdjacent(pairs, high);
            pairs = Avx2.UnpackHigh(left, zero).AsInt16();
            low1 += Avx2.MultiplyAddAdjacent(pairs, low);
            high1 += Avx2.MultiplyAddAdjacent(pairs, high);
            pairs = Avx2.UnpackLow(right, zero).AsInt16();
            low2 += Avx2.MultiplyAddAdjacent(pairs, low);
            high2 += Avx2.MultiplyAddAdjacent(pairs, high);
            pairs = Avx2.UnpackHigh(right, zero).AsInt16();
            low3 += Avx2.MultiplyAddAdjacent(pairs, low);
            high3 += Avx2.MultiplyAddAdjacent(pairs, high);
        }

        return Avx2.PackUnsignedSaturate(
            Avx2.PackSignedSaturate(Rounded(low0, high0), Rounded(low1, high1)),
            Avx2.PackSignedSaturate(Rounded(low2, high2), Rounded(low3, high3)));
    }

    private static Vector512<byte> Avx512Block(byte* at, nint stride, int count, int* packed)
    {
        Vector512<int> low0 = default, low1 = default, low2 = default, low3 = default;
        Vector512<int> high0 = default, high1 = default, high2 = default, high3 = default;
        Vector512<byte> zero = default;
        for (int k = 0; k < count; k += 2, at += 2 * stride)
        {
            int* parts = packed + (k & ~3) + ((k >> 1) & 1);
            Vector512<short> low = Vector512.Create(parts[0]).AsInt16();
            Vector512<short> high = Vector512.Create(parts[2]).AsInt16();
            Vector512<byte> above = Vector512.Load(at);
            Vector512<byte> below = Vector512.Load(k + 1 < count ? at + stride : at);
            Vector512<byte> left = Avx512BW.UnpackLow(above, below), right = Avx512BW.UnpackHigh(above, below);
            Vector512<short> pairs = Avx512BW.UnpackLow(left, zero).AsInt16();
            low0 += Avx512BW.MultiplyAddAdjacent(pairs, low);
            high0 += Avx512BW.MultiplyAddAdjacent(pairs, high);
            pairs = Avx512BW.UnpackHigh(left, zero).AsInt16();
            low1 += Avx512BW.MultiplyAddAdjacent(pairs, low);
            high1 += Avx512BW.MultiplyAddAdjacent(pairs, high);
            pairs = Avx512BW.UnpackLow(right, zero).AsInt16();
            low2 += Avx512BW.MultiplyAddAdjacent(pairs, low);
            high2 += Avx512BW.MultiplyAddAdjacent(pairs, high);
            pairs = Avx512BW.UnpackHigh(right, zero).AsInt16();
            low3 += Avx512BW.MultiplyAddAdjacent(pairs, low);
            high3 += Avx512BW.MultiplyAddAdjacent(pairs, high);
        }

        return Avx512BW.PackUnsignedSaturate(
            Avx512BW.PackSignedSaturate(Rounded(low0, high0), Rounded(low1, high1)),
            Avx512BW.PackSignedSaturate(Rounded(low2, high2), Rounded(low3, high3)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Rounded(Vector256<int> low, Vector256<int> high) =>
        (low + (high << ResampleWeights.LowBits) + Vector256.Create(1 << (ResampleWeights.Precision - 1))) >> ResampleWeights.Precision;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Rounded(Vector512<int> low, Vector512<int> high) =>
        (low + (high << ResampleWeights.LowBits) + Vector512.Create(1 << (ResampleWeights.Precision - 1))) >> ResampleWeights.Precision;
}
