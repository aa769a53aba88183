using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNetVision.Imaging.Pictures.Decoding.Jpeg;

/// <summary>
/// Enlarges chroma with a triangle filter and turns YCbCr (BT.601, full range) into R, G, B, x, with the rounding of the
/// Independent JPEG Group's code, so that it gives the same pixels.
/// </summary>
internal static unsafe class JpegColour
{
    /// <summary>3 · near + far of two chroma rows, with the first and the last value once more around them.</summary>
    /// <param name="near">The row that is nearer.</param>
    /// <param name="far">The other one; the same for no change vertically.</param>
    /// <param name="count">The values of a row.</param>
    /// <param name="sums">count + 2 values, of which the first stands before the row; room for a vector more.</param>
    /// <param name="ofNear">The weight of the nearer row.</param>
    public static void MixRows(byte* near, byte* far, int count, ushort* sums, ushort ofNear)
    {
        int x = 0;
        for (; x + 16 <= count; x += 16)
        {
            Vector256<ushort> first = Avx2.ConvertToVector256Int16(near + x).AsUInt16();
            Vector256<ushort> second = ofNear == 1 ? default : Avx2.ConvertToVector256Int16(far + x).AsUInt16();
            (first * ofNear + second).Store(sums + 1 + x);
        }

        for (; x < count; x++)
        {
            sums[1 + x] = (ushort)(near[x] * ofNear + (ofNear == 1 ? 0 : far[x]));
        }

        sums[0] = sums[1];
        sums[count + 1] = sums[count];
    }

    /// <summary>Two values for each: a quarter of the left or the right neighbour and three of its own.</summary>
    /// <param name="sums">The row with its neighbours, as <see cref="MixRows"/> leaves it.</param>
    /// <param name="count">The values of the row.</param>
    /// <param name="roundingLeft">What is added to the left one of each two.</param>
    /// <param name="roundingRight">What is added to the right one.</param>
    /// <param name="shift">What both are divided by, as a power of two.</param>
    /// <param name="target">2 · count bytes; room for a vector more.</param>
    public static void Widen(ushort* sums, int count, ushort roundingLeft, ushort roundingRight, int shift, byte* target)
    {
        for (int x = 0; x < count; x += 16)
        {
            Vector256<ushort> own = Vector256.Load(sums + 1 + x) * 3;
            Vector256<ushort> left = (own + Vector256.Load(sums + x) + Vector256.Create(roundingLeft)) >> shift;
            Vector256<ushort> right = (own + Vector256.Load(sums + 2 + x) + Vector256.Create(roundingRight)) >> shift;
            (left | (right << 8)).AsByte().Store(target + 2 * x);
        }
    }

    /// <summary>Converts a row.</summary>
    /// <param name="luma">Y; room for a vector more.</param>
    /// <param name="blue">Cb; room for a vector more.</param>
    /// <param name="red">Cr; room for a vector more.</param>
    /// <param name="count">The pixels.</param>
    /// <param name="target">4 · count bytes.</param>
    public static void ToRgbx(byte* luma, byte* blue, byte* red, int count, byte* target)
    {
        byte* last = stackalloc byte[64];
        for (int x = 0; x < count; x += 16)
        {
            if (x + 16 <= count)
            {
                Sixteen(luma + x, blue + x, red + x, target + 4 * x);
            }
            else
            {
                Sixteen(luma + x, blue + x, red + x, last);
                new ReadOnlySpan<byte>(last, 4 * (count - x)).CopyTo(new Span<byte>(target + 4 * x, 4 * (count - x)));
            }
        }
    }

    /// <summary>Repeats a grey row.</summary>
    /// <param name="luma">Y; room for a vector more.</param>
    /// <param name="count">The pixels.</param>
    /// <param name="target">4 · count bytes.</param>
    public static void GreyToRgbx(byte* luma, int count, byte* target)
    {
        for (int x = 0; x < count; x++)
        {
            ((uint*)target)[x] = luma[x] * 0x010101u | 0xFF000000;
        }
    }

    private static void Sixteen(byte* luma, byte* blue, byte* red, byte* target)
    {
        Vector256<short> middle = Vector256.Create((short)128), one = Vector256<short>.One;
        Vector256<short> y = Avx2.ConvertToVector256Int16(luma);
        Vector256<short> cb = Avx2.ConvertToVector256Int16(blue) - middle, cr = Avx2.ConvertToVector256Int16(red) - middle;

        // 1.402 = 1 + 26345/65536; 1.772 = 2 − 14942/65536. (2·x·c >> 16) + 1 >> 1 is x·c/65536, rounded.
        Vector256<short> r = y + cr + ((Avx2.MultiplyHigh(cr + cr, Vector256.Create((short)26345)) + one) >> 1);
        Vector256<short> b = y + cb + cb + ((Avx2.MultiplyHigh(cb + cb, Vector256.Create((short)-14942)) + one) >> 1);

        // −0.34414·cb − 0.71414·cr = (−22554·cb + 18734·cr)/65536 − cr.
        Vector256<short> weights = Vector256.Create(unchecked((int)((uint)(ushort)-22554 | (18734u << 16)))).AsInt16();
        Vector256<int> half = Vector256.Create(1 << 15);
        Vector256<int> low = (Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(cb, cr), weights) + half) >> 16;
        Vector256<int> high = (Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(cb, cr), weights) + half) >> 16;
        Vector256<short> g = y - cr + Avx2.PackSignedSaturate(low, high);

        // Within each half eight pixels: R and B, then G and x, then pairs.
        Vector256<byte> redBlue = Avx2.PackUnsignedSaturate(r, b), greenOnes = Avx2.PackUnsignedSaturate(g, Vector256.Create((short)255));
        Vector256<short> redGreen = Avx2.UnpackLow(redBlue, greenOnes).AsInt16(), blueOnes = Avx2.UnpackHigh(redBlue, greenOnes).AsInt16();
        Vector256<byte> first = Avx2.UnpackLow(redGreen, blueOnes).AsByte(), second = Avx2.UnpackHigh(redGreen, blueOnes).AsByte();
        Avx2.Permute2x128(first, second, 0x20).Store(target);
        Avx2.Permute2x128(first, second, 0x31).Store(target + 32);
    }
}
