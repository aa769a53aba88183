using System.Globalization;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Limits;
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

    /// <summary>FILE PIXELS: decodes a picture where no more pixels are allowed.</summary>
    public static void DecodeWithLimit(string[] arguments)
    {
        PictureLimits.MaximumPixels = long.Parse(arguments[1], CultureInfo.InvariantCulture);
        try
        {
            RgbImage image = ImageDecoder.Decode(arguments[0]);
            Console.WriteLine($"{image.Width}×{image.Height}");
        }
        catch (InvalidDataException e)
        {
            Console.WriteLine($"refused: {e.Message}");
        }
    }
}
