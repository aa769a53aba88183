using System.Numerics.Tensors;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Masks;
using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>Masks as grey pictures: white where they are set, else black.</summary>
public static class MaskImage
{
    /// <summary>The pixels row after row, a byte each: 255 where the mask is set, else 0.</summary>
    public static byte[] ToGrey(RunLengthMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        byte[] pixels = mask.ToRowMajor();
        TensorPrimitives.Multiply<byte>(pixels, byte.MaxValue, pixels);
        return pixels;
    }

    /// <summary>The bytes of a grey PNG file.</summary>
    /// <exception cref="ArgumentException">The mask has no pixel at all.</exception>
    public static byte[] ToPng(RunLengthMask mask)
    {
        byte[] pixels = ToGrey(mask);
        return pixels.Length > 0
            ? SkiaImages.ToPng(new SKImageInfo(mask.Width, mask.Height, SKColorType.Gray8, SKAlphaType.Opaque), pixels)
            : throw new ArgumentException($"A mask of {mask.Height} x {mask.Width} pixels is no picture.", nameof(mask));
    }

    /// <summary>Writes a grey PNG file; an existing one is replaced.</summary>
    /// <exception cref="ArgumentException">The mask has no pixel at all.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SavePng(string path, RunLengthMask mask) => AtomicFile.Write(path, ToPng(mask));
}
