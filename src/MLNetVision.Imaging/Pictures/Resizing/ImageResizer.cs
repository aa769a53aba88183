using MLNetVision.Imaging.Pictures.Kernels;
using MLNetVision.Imaging.Pictures.Resizing.Kernels;

namespace MLNetVision.Imaging.Pictures.Resizing;

/// <summary>Changes the size of pictures in memory, byte for byte as Pillow 12 does.</summary>
public static class ImageResizer
{
    /// <summary>Resizes a picture.</summary>
    /// <param name="image">The picture; it is not changed.</param>
    /// <param name="width">The new width, at least 1.</param>
    /// <param name="height">The new height, at least 1.</param>
    /// <param name="resampling">The filter. All but <see cref="Resampling.Nearest"/> widen when they shrink, so nothing aliases.</param>
    /// <returns>A new picture, also where no side changes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, or the filter is unknown.</exception>
    public static RgbImage Resize(RgbImage image, int width, int height, Resampling resampling)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Resize(image, width, height, resampling, ResampleKernels.Best);
    }

    internal static RgbImage Resize(RgbImage image, int width, int height, Resampling resampling, ResampleKernel kernel) =>
        Resize(image, width, height, resampling, PixelWindow.Whole(width, height), kernel);

    /// <summary>A part of the resized picture: no more is made, however large the whole would be.</summary>
    internal static RgbImage Resize(RgbImage image, int width, int height, Resampling resampling, PixelWindow window, ResampleKernel? kernel = null)
    {
        if (!Enum.IsDefined(resampling))
        {
            throw new ArgumentOutOfRangeException(nameof(resampling), resampling, "There is no such filter.");
        }

        var resized = new RgbImage(window.Width, window.Height);
        PixelView.Pin(image.Pixels, image.Width, image.Height, RgbImage.Channels, (in PixelView pixels) => PackedRows.Fill(pixels, width, height, resampling, window, resized.Pixels, kernel ?? ResampleKernels.Best));
        return resized;
    }
}
