using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Imaging.Augmentation;

/// <summary>Makes a varied square picture for training out of a decoded one.</summary>
/// <param name="options">What is varied, and how much.</param>
/// <param name="size">The side of the training pictures.</param>
/// <param name="asForScoring">Resizes and crops a picture to that side as scoring does.</param>
/// <param name="mean">The mean of each channel that normalising subtracts, 0 to 1; erasing draws its noise around it.</param>
/// <param name="deviation">The standard deviation that normalising divides by.</param>
internal sealed class ImageAugmenter(
    ImageAugmentation options, int size, Func<RgbImage, RgbImage> asForScoring, IReadOnlyList<double> mean, IReadOnlyList<double> deviation)
{
    /// <summary>Varies a picture; all that is random comes from the stream. The given picture may be changed.</summary>
    public RgbImage Apply(RgbImage image, RandomStream random)
    {
        RgbImage varied = Crop(image, random);
        if (random.Chance(options.HorizontalFlip))
        {
            HorizontalFlip.Apply(varied);
        }

        varied = Deform(varied, random);
        if (options.ColorJitter > 0)
        {
            ColorJitter.Apply(varied, options.ColorJitter, random);
        }

        if (options.RandAugmentMagnitude > 0)
        {
            varied = RandAugment.Apply(varied, options, random);
        }

        if (random.Chance(options.RandomErasing))
        {
            RandomErasing.Apply(varied, mean, deviation, random);
        }

        return varied;
    }

    private RgbImage Crop(RgbImage image, RandomStream random)
    {
        if (options.MinimumCropArea >= 1)
        {
            return asForScoring(image);
        }

        PixelArea box = RandomCrop.Draw(image.Width, image.Height, options.MinimumCropArea, random);
        return ImageResizer.Resize(RandomCrop.Cut(image, box), size, size, Resampling.Bicubic);
    }

    private RgbImage Deform(RgbImage image, RandomStream random)
    {
        bool affine = options.Zoom > 0 || options.Rotation > 0 || options.Shear > 0 || options.Shift > 0;
        if (!affine && options.Elastic == 0)
        {
            return image;
        }

        AffineMap map = AffineMap.Create(
            zoom: Math.Pow(1 + options.Zoom, random.Symmetric()),
            rotation: double.DegreesToRadians(options.Rotation * random.Symmetric()),
            shearX: options.Shear * random.Symmetric(),
            shearY: options.Shear * random.Symmetric(),
            shiftX: options.Shift * random.Symmetric(),
            shiftY: options.Shift * random.Symmetric());
        ElasticField? elastic = options.Elastic > 0 ? new ElasticField(options.Elastic, random) : null;
        return Warp.Apply(image, map, elastic, options.Fill);
    }
}
