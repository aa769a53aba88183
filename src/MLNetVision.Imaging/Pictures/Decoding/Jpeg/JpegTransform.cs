using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNetVision.Imaging.Pictures.Decoding.Jpeg;

/// <summary>
/// The inverse cosine transform in integers (Loeffler, Ligtenberg and Moschytz 1989, 13-bit constants, columns first), with
/// the rounding of the Independent JPEG Group's accurate method, so that it gives the same pixels.
/// </summary>
internal static unsafe class JpegTransform
{
    /// <summary>
    /// The bits of a dequantised coefficient besides its sign. Pictures of 8 bits have less (8 · 128, and half a step of
    /// quantisation); libjpeg's vectors work on 16 bits, and beyond this their sums would wrap around where these do not.
    /// </summary>
    public const int CoefficientBits = 13;

    private const int ConstantBits = 13, FirstPassBits = 2;

    /// <summary>The same of what the first pass makes of them.</summary>
    private const int FirstPassResultBits = 14;

    /// <summary>Writes a block of 8×8 pixels.</summary>
    /// <param name="coefficients">64 dequantised coefficients, row after row.</param>
    /// <param name="target">Where the upper left pixel goes.</param>
    /// <param name="stride">From row to row.</param>
    /// <returns>False where sums become larger than libjpeg's 16 bits hold, so that its pixels would differ.</returns>
    public static bool Block(short* coefficients, byte* target, nint stride)
    {
        Vector256<int> r0 = Avx2.ConvertToVector256Int32(coefficients), r1 = Avx2.ConvertToVector256Int32(coefficients + 8);
        Vector256<int> r2 = Avx2.ConvertToVector256Int32(coefficients + 16), r3 = Avx2.ConvertToVector256Int32(coefficients + 24);
        Vector256<int> r4 = Avx2.ConvertToVector256Int32(coefficients + 32), r5 = Avx2.ConvertToVector256Int32(coefficients + 40);
        Vector256<int> r6 = Avx2.ConvertToVector256Int32(coefficients + 48), r7 = Avx2.ConvertToVector256Int32(coefficients + 56);
        Pass(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, ConstantBits - FirstPassBits);
        Vector256<int> large = Magnitude(r0) | Magnitude(r1) | Magnitude(r2) | Magnitude(r3) | Magnitude(r4) | Magnitude(r5) | Magnitude(r6) | Magnitude(r7);
        if (!Avx.TestZ(large, Vector256.Create(-1 << FirstPassResultBits)))
        {
            return false;
        }

        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Pass(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, ConstantBits + FirstPassBits + 3);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Store(r0, r1, r2, r3, target, stride);
        Store(r4, r5, r6, r7, target + 4 * stride, stride);
        return true;
    }

    /// <summary>Writes a block that has its mean only.</summary>
    /// <param name="mean">The dequantised first coefficient.</param>
    /// <param name="target">Where the upper left pixel goes.</param>
    /// <param name="stride">From row to row.</param>
    public static void Flat(int mean, byte* target, nint stride)
    {
        ulong eight = (ulong)Math.Clamp(((mean + 4) >> 3) + 128, 0, 255) * 0x0101010101010101;
        for (int row = 0; row < 8; row++)
        {
            Unsafe.WriteUnaligned(target + row * stride, eight);
        }
    }

    /// <summary>The bits of a number of either sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Magnitude(Vector256<int> value) => value ^ (value >> 31);

    /// <summary>One dimension, eight columns at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pass(
        ref Vector256<int> r0, ref Vector256<int> r1, ref Vector256<int> r2, ref Vector256<int> r3,
        ref Vector256<int> r4, ref Vector256<int> r5, ref Vector256<int> r6, ref Vector256<int> r7, int shift)
    {
        // Even part: a rotation of 2 and 6, a butterfly of 0 and 4.
        Vector256<int> turn = (r2 + r6) * 4433;
        Vector256<int> low = turn + r2 * 6270, high = turn - r6 * 15137;
        Vector256<int> rounding = Vector256.Create(1 << (shift - 1));
        Vector256<int> sum = ((r0 + r4) << ConstantBits) + rounding, difference = ((r0 - r4) << ConstantBits) + rounding;
        Vector256<int> even0 = sum + low, even3 = sum - low, even1 = difference + high, even2 = difference - high;

        // Odd part.
        Vector256<int> outer = (r7 + r1) * 7373, inner = (r5 + r3) * 20995;
        Vector256<int> all = (r7 + r3 + r5 + r1) * 9633;
        Vector256<int> first = all - (r7 + r3) * 16069, second = all - (r5 + r1) * 3196;
        Vector256<int> odd3 = r7 * 2446 - outer + first, odd2 = r5 * 16819 - inner + second;
        Vector256<int> odd1 = r3 * 25172 - inner + first, odd0 = r1 * 12299 - outer + second;

        r0 = (even0 + odd0) >> shift;
        r7 = (even0 - odd0) >> shift;
        r1 = (even1 + odd1) >> shift;
        r6 = (even1 - odd1) >> shift;
        r2 = (even2 + odd2) >> shift;
        r5 = (even2 - odd2) >> shift;
        r3 = (even3 + odd3) >> shift;
        r4 = (even3 - odd3) >> shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector256<int> r0, ref Vector256<int> r1, ref Vector256<int> r2, ref Vector256<int> r3,
        ref Vector256<int> r4, ref Vector256<int> r5, ref Vector256<int> r6, ref Vector256<int> r7)
    {
        Vector256<long> a0 = Avx2.UnpackLow(r0, r1).AsInt64(), a1 = Avx2.UnpackHigh(r0, r1).AsInt64();
        Vector256<long> a2 = Avx2.UnpackLow(r2, r3).AsInt64(), a3 = Avx2.UnpackHigh(r2, r3).AsInt64();
        Vector256<long> a4 = Avx2.UnpackLow(r4, r5).AsInt64(), a5 = Avx2.UnpackHigh(r4, r5).AsInt64();
        Vector256<long> a6 = Avx2.UnpackLow(r6, r7).AsInt64(), a7 = Avx2.UnpackHigh(r6, r7).AsInt64();
        Vector256<long> b0 = Avx2.UnpackLow(a0, a2), b1 = Avx2.UnpackHigh(a0, a2), b2 = Avx2.UnpackLow(a1, a3), b3 = Avx2.UnpackHigh(a1, a3);
        Vector256<long> b4 = Avx2.UnpackLow(a4, a6), b5 = Avx2.UnpackHigh(a4, a6), b6 = Avx2.UnpackLow(a5, a7), b7 = Avx2.UnpackHigh(a5, a7);
        r0 = Avx2.Permute2x128(b0, b4, 0x20).AsInt32();
        r1 = Avx2.Permute2x128(b1, b5, 0x20).AsInt32();
        r2 = Avx2.Permute2x128(b2, b6, 0x20).AsInt32();
        r3 = Avx2.Permute2x128(b3, b7, 0x20).AsInt32();
        r4 = Avx2.Permute2x128(b0, b4, 0x31).AsInt32();
        r5 = Avx2.Permute2x128(b1, b5, 0x31).AsInt32();
        r6 = Avx2.Permute2x128(b2, b6, 0x31).AsInt32();
        r7 = Avx2.Permute2x128(b3, b7, 0x31).AsInt32();
    }

    /// <summary>Four rows, moved to 0..255 and clipped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> r0, Vector256<int> r1, Vector256<int> r2, Vector256<int> r3, byte* target, nint stride)
    {
        Vector256<short> middle = Vector256.Create((short)128);
        Vector256<short> first = Avx2.AddSaturate(Avx2.PackSignedSaturate(r0, r1), middle), second = Avx2.AddSaturate(Avx2.PackSignedSaturate(r2, r3), middle);

        // Within each half: four pixels of row 0, of row 1, of row 2, of row 3.
        Vector256<int> packed = Avx2.PackUnsignedSaturate(first, second).AsInt32();
        Vector256<ulong> rows = Avx2.PermuteVar8x32(packed, Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsUInt64();
        Unsafe.WriteUnaligned(target, rows.GetElement(0));
        Unsafe.WriteUnaligned(target + stride, rows.GetElement(1));
        Unsafe.WriteUnaligned(target + 2 * stride, rows.GetElement(2));
        Unsafe.WriteUnaligned(target + 3 * stride, rows.GetElement(3));
    }
}
