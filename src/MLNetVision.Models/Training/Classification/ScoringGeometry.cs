using MLNetVision.Imaging.Pictures;
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
        if (!config.DoCenterCrop)
        {
            return (width, height) == (image.Width, image.Height) ? image : ImageResizer.Resize(image, width, height, config.Resample);
        }

        (int cropWidth, int cropHeight) = (config.CropSize.Width!.Value, config.CropSize.Height!.Value);
        if ((width, height) == (image.Width, image.Height) && (width, height) == (cropWidth, cropHeight))
        {
            return image;
        }

        PlanarPlacement placement = PlanarPlacement.Centred(width, height, cropWidth, cropHeight);
        RgbImage cut = ImageResizer.Resize(image, width, height, config.Resample, placement.Window);
        return (cut.Width, cut.Height) == (cropWidth, cropHeight) ? cut : Framed(cut, placement, cropWidth, cropHeight);
    }

    private static RgbImage Framed(RgbImage image, PlanarPlacement placement, int width, int height)
    {
        var framed = new RgbImage(width, height);
        for (int y = 0; y < image.Height; y++)
        {
            image.Row(y).CopyTo(framed.Row(placement.Top + y)[(placement.Left * RgbImage.Channels)..]);
        }

        return framed;
    }
}
