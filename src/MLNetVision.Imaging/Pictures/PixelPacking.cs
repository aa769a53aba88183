using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLNetVision.Imaging.Pictures;

/// <summary>Drops and adds the fourth byte of every pixel.</summary>
internal static class PixelPacking
{
    private static readonly Vector128<byte> KeepRgb = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);

    private static readonly Vector128<byte> SpreadRgb = Vector128.Create((byte)0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255);

    private static readonly Vector128<byte> TurnBgr = Vector128.Create((byte)2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 255, 255, 255, 255);

    /// <summary>R, G, B, x or B, G, R, x → R, G, B.</summary>
    /// <param name="four">Four bytes a pixel.</param>
    /// <param name="rgb">Three bytes a pixel, as many pixels.</param>
    /// <param name="layout">The order of the four bytes.</param>
    public static void DropFourth(ReadOnlySpan<byte> four, Span<byte> rgb, PixelLayout layout = PixelLayout.Rgba)
    {
        int pixels = four.Length / 4;
        int red = layout == PixelLayout.Rgba ? 0 : 2;
        Vector128<byte> order = layout == PixelLayout.Rgba ? KeepRgb : TurnBgr;
        ref byte source = ref MemoryMarshal.GetReference(four);
        ref byte target = ref MemoryMarshal.GetReference(rgb[..(pixels * 3)]);
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            // Each store writes 16 bytes of which 12 count, so the last two steps are left to the loop below.
            for (; i + 6 <= pixels; i += 4)
            {
                Vector128.Shuffle(Vector128.LoadUnsafe(ref source, (nuint)i * 4), order).StoreUnsafe(ref target, (nuint)i * 3);
            }
        }

        for (; i < pixels; i++)
        {
            Unsafe.Add(ref target, i * 3) = Unsafe.Add(ref source, i * 4 + red);
            Unsafe.Add(ref target, i * 3 + 1) = Unsafe.Add(ref source, i * 4 + 1);
            Unsafe.Add(ref target, i * 3 + 2) = Unsafe.Add(ref source, i * 4 + 2 - red);
        }
    }

    /// <summary>R, G, B → R, G, B and a constant.</summary>
    /// <param name="rgb">Three bytes a pixel.</param>
    /// <param name="four">Four bytes a pixel, at least as many pixels.</param>
    /// <param name="fourth">The constant.</param>
    public static void AddFourth(ReadOnlySpan<byte> rgb, Span<byte> four, byte fourth)
    {
        int pixels = rgb.Length / 3;
        ref byte source = ref MemoryMarshal.GetReference(rgb);
        ref byte target = ref MemoryMarshal.GetReference(four[..(pixels * 4)]);
        Vector128<byte> constant = Vector128.Create((uint)fourth << 24).AsByte();
        int i = 0;

        // Each load reads 16 bytes of which 12 count, so the last two steps are left to the loop below.
        for (; i + 6 <= pixels; i += 4)
        {
            (Vector128.Shuffle(Vector128.LoadUnsafe(ref source, (nuint)i * 3), SpreadRgb) | constant).StoreUnsafe(ref target, (nuint)i * 4);
        }

        for (; i < pixels; i++)
        {
            Unsafe.Add(ref target, i * 4) = Unsafe.Add(ref source, i * 3);
            Unsafe.Add(ref target, i * 4 + 1) = Unsafe.Add(ref source, i * 3 + 1);
            Unsafe.Add(ref target, i * 4 + 2) = Unsafe.Add(ref source, i * 3 + 2);
            Unsafe.Add(ref target, i * 4 + 3) = fourth;
        }
    }
}
