using System.Runtime.InteropServices;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>Takes pictures and masks to SkiaSharp and back.</summary>
internal static class SkiaImages
{
    public static SKBitmap ToBitmap(RgbImage image)
    {
        var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Span<byte> target = Writable(bitmap);
        for (int y = 0; y < image.Height; y++)
        {
            PixelPacking.AddFourth(image.Row(y), target[(y * bitmap.RowBytes)..], 255);
        }

        return bitmap;
    }

    /// <summary>A picture of one colour.</summary>
    public static SKBitmap Plain(int width, int height, SKColor colour)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(colour);
        return bitmap;
    }

    /// <param name="bitmap">A bitmap of the type Rgba8888.</param>
    public static RgbImage ToImage(SKBitmap bitmap)
    {
        var image = new RgbImage(bitmap.Width, bitmap.Height);
        ReadOnlySpan<byte> pixels = bitmap.GetPixelSpan();
        for (int y = 0; y < image.Height; y++)
        {
            PixelPacking.DropFourth(pixels.Slice(y * bitmap.RowBytes, image.Width * 4), image.Row(y));
        }

        return image;
    }

    /// <summary>The part of a mask inside its box, opaque where it is set.</summary>
    public static SKBitmap ToAlpha(RunLengthMask mask, SKRectI box)
    {
        var bitmap = new SKBitmap(new SKImageInfo(box.Width, box.Height, SKColorType.Alpha8, SKAlphaType.Premul));
        Span<byte> target = Writable(bitmap);
        target.Clear();
        ReadOnlySpan<byte> pixels = mask.ToRowMajor();
        for (int y = 0; y < box.Height; y++)
        {
            ReadOnlySpan<byte> row = pixels.Slice((box.Top + y) * mask.Width + box.Left, box.Width);
            System.Numerics.Tensors.TensorPrimitives.Multiply(row, byte.MaxValue, target.Slice(y * bitmap.RowBytes, box.Width));
        }

        return bitmap;
    }

    /// <summary>The PNG file of pixels that lie without gaps.</summary>
    public static byte[] ToPng(SKImageInfo form, ReadOnlySpan<byte> pixels)
    {
        using SKImage image = SKImage.FromPixelCopy(form, pixels);
        using SKData data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    public static SKRectI Rectangle(BoundingBox box) => new((int)box.X, (int)box.Y, (int)box.Right, (int)box.Bottom);

    private static Span<byte> Writable(SKBitmap bitmap)
    {
        ReadOnlySpan<byte> pixels = bitmap.GetPixelSpan();
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(pixels), pixels.Length);
    }
}
