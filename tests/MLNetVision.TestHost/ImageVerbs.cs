using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Resizing;

namespace MLNetVision.TestHost;

internal static class ImageVerbs
{
    /// <summary>[LEVEL]: resizes a picture, with the kernels of a level if the runtime's setting is to name one.</summary>
    public static void Resize(string[] arguments)
    {
        if (arguments.Length > 0)
        {
            AppContext.SetData("MLNetVision.Kernels", arguments[0]);
        }

        RgbImage resized = ImageResizer.Resize(new RgbImage(8, 8, new byte[8 * 8 * 3]), 4, 4, Resampling.Bilinear);
        Console.WriteLine(resized.Width);
    }
}
