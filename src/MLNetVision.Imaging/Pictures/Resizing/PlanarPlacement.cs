using MLNetVision.Imaging.Pictures.Kernels;

namespace MLNetVision.Imaging.Pictures.Resizing;

/// <summary>How one picture becomes a part of a tensor.</summary>
/// <param name="Width">The picture's columns after resizing.</param>
/// <param name="Height">The picture's rows after resizing.</param>
/// <param name="Window">The part of the resized picture that is wanted.</param>
/// <param name="Left">The tensor's column where the window begins.</param>
/// <param name="Top">The tensor's row where the window begins.</param>
internal readonly record struct PlanarPlacement(int Width, int Height, PixelWindow Window, int Left, int Top)
{
    /// <summary>The whole resized picture at the upper left.</summary>
    public static PlanarPlacement Whole(int width, int height) => new(width, height, PixelWindow.Whole(width, height), 0, 0);

    /// <summary>The middle of the resized picture, or the picture in the middle of a larger tensor; an odd pixel goes in front.</summary>
    public static PlanarPlacement Centred(int width, int height, int targetWidth, int targetHeight)
    {
        (int left, int windowLeft, int windowWidth) = Centre(width, targetWidth);
        (int top, int windowTop, int windowHeight) = Centre(height, targetHeight);
        return new PlanarPlacement(width, height, new PixelWindow(windowLeft, windowTop, windowWidth, windowHeight), left, top);
    }

    private static (int Padding, int Start, int Length) Centre(int length, int target)
    {
        int offset = (length - target) >> 1; // rounds down also below zero
        return offset < 0 ? (-offset, 0, length) : (0, offset, target);
    }
}
