using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Kernels;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Models.Levit.Processing;

namespace MLNetVision.Models.Training.Classification;

/// <summary>The resizing and cropping of <see cref="LevitImageProcessor"/>, on bytes: the part of it that augmentation builds on.</summary>
internal sealed class ScoringGeometry(LevitImageProcessor processor)
{
    /// <summary>A picture of the crop's size; what the crop has beyond the resized picture is black.</summary>
    public RgbImage Apply(RgbImage image)
    {
        LevitImageProcessorConfig config = processor.Config;
        (int width, int height) = processor.ResizedSize(image.Width, image.Height);
        RgbImage resized = (width, height) == (image.Width, image.Height) ? image : ImageResizer.Resize(image, width, height, config.Resample);
        return config.DoCenterCrop ? Centre(resized, config.CropSize.Width!.Value, config.CropSize.Height!.Value) : resized;
    }

    private static RgbImage Centre(RgbImage image, int width, int height)
    {
        if (image.Width == width && image.Height == height)
        {
            return image;
        }

        PlanarPlacement placement = PlanarPlacement.Centred(image.Width, image.Height, width, height);
        PixelWindow window = placement.Window;
        var centred = new RgbImage(width, height);
        for (int y = 0; y < window.Height; y++)
        {
            ReadOnlySpan<byte> row = image.Row(window.Top + y).Slice(window.Left * RgbImage.Channels, window.Width * RgbImage.Channels);
            row.CopyTo(centred.Row(placement.Top + y)[(placement.Left * RgbImage.Channels)..]);
        }

        return centred;
    }
}
