using Microsoft.ML.Data;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Rendering;

namespace MLNetVision.Images;

/// <summary>Takes pictures to ML.NET's type and back.</summary>
public static class MLImages
{
    /// <summary>The picture as ML.NET has it, opaque.</summary>
    public static MLImage ToMLImage(this RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        byte[] pixels = new byte[image.Width * image.Height * 4];
        PixelPacking.AddFourth(image.Pixels, pixels, byte.MaxValue);
        return MLImage.CreateFromPixels(image.Width, image.Height, MLPixelFormat.Rgba32, pixels);
    }

    /// <summary>A mask as a picture: white where it is set, else black.</summary>
    /// <exception cref="ArgumentException">The mask has no pixel at all.</exception>
    public static MLImage ToMLImage(this RunLengthMask mask)
    {
        byte[] grey = MaskImage.ToGrey(mask);
        if (grey.Length == 0)
        {
            throw new ArgumentException($"A mask of {mask.Height} x {mask.Width} pixels is no picture.", nameof(mask));
        }

        byte[] pixels = new byte[grey.Length * 4];
        for (int i = 0; i < grey.Length; i++)
        {
            pixels.AsSpan(4 * i, 3).Fill(grey[i]);
            pixels[4 * i + 3] = byte.MaxValue;
        }

        return MLImage.CreateFromPixels(mask.Width, mask.Height, MLPixelFormat.Rgba32, pixels);
    }

    /// <summary>A segment that was cut out, with a transparent background.</summary>
    public static MLImage ToMLImage(this SegmentCrop crop)
    {
        ArgumentNullException.ThrowIfNull(crop);
        return MLImage.CreateFromPixels(crop.Width, crop.Height, MLPixelFormat.Rgba32, crop.RgbaPixels);
    }

    /// <summary>The colours of ML.NET's picture; transparency is dropped.</summary>
    public static RgbImage ToRgbImage(this MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return MLImagePixels.Copy(image).Load();
    }
}
