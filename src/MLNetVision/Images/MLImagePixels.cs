using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.Images;

/// <summary>Pixels out of ML.NET's picture type.</summary>
internal static class MLImagePixels
{
    private static readonly Vector128<byte> Rgb = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
    private static readonly Vector128<byte> Bgr = Vector128.Create((byte)2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 255, 255, 255, 255);

    /// <summary>The colours of a picture as stored; transparency is dropped.</summary>
    public static ImageSource Copy(MLImage image)
    {
        byte[] pixels = new byte[checked(image.Width * image.Height * 3)];
        Pack(image.Pixels, pixels, blueFirst: image.PixelFormat == MLPixelFormat.Bgra32);
        return ImageSource.FromImage(new RgbImage(image.Width, image.Height, pixels));
    }

    /// <summary>A second picture with the same pixels, independent of the first.</summary>
    public static MLImage Clone(MLImage image)
    {
        MLImage clone = MLImage.CreateFromPixels(image.Width, image.Height, image.PixelFormat, image.Pixels);
        clone.Tag = image.Tag;
        return clone;
    }

    private static void Pack(ReadOnlySpan<byte> four, Span<byte> three, bool blueFirst)
    {
        int pixels = four.Length / 4;
        ref byte source = ref MemoryMarshal.GetReference(four);
        ref byte target = ref MemoryMarshal.GetReference(three[..(pixels * 3)]);
        Vector128<byte> order = blueFirst ? Bgr : Rgb;
        int i = 0;

        // A step stores 16 bytes of which 12 count: the last pixels are left to the loop below.
        for (; i + 6 <= pixels; i += 4)
        {
            Vector128.Shuffle(Vector128.LoadUnsafe(ref source, (nuint)i * 4), order).StoreUnsafe(ref target, (nuint)i * 3);
        }

        (int red, int blue) = blueFirst ? (2, 0) : (0, 2);
        for (; i < pixels; i++)
        {
            three[i * 3] = four[(i * 4) + red];
            three[(i * 3) + 1] = four[(i * 4) + 1];
            three[(i * 3) + 2] = four[(i * 4) + blue];
        }
    }
}
