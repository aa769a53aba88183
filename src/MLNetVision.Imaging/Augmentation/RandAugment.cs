using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Imaging.Augmentation;

/// <summary>
/// RandAugment (Cubuk et al. 2020) in the form of LeViT's recipe (timm's rand-m9-mstd0.5-inc1): fifteen operations whose
/// strength rises with the magnitude, each drawn one applied with a probability of 0.5 and a magnitude that varies.
/// </summary>
internal static class RandAugment
{
    private const double LargestMagnitude = 10;
    private const double Probability = 0.5;
    private const double LargestRotation = Math.PI / 6;
    private const double LargestShear = 0.3;
    private const double LargestShift = 0.45;
    private const double LargestEnhancement = 0.9;
    private const int PosterizeBits = 4;
    private const int LargestSolarizeAddend = 110;

    /// <summary>An operation on a picture at a strength from 0 to 1; it may change the picture or return another.</summary>
    private delegate RgbImage Operation(RgbImage image, double strength, RandomStream random, RgbColor fill);

    private static readonly Operation[] Operations =
    [
        InPlace((image, _, _) => PixelTables.AutoContrast(image)),
        InPlace((image, _, _) => PixelTables.Equalize(image)),
        InPlace((image, _, _) => PixelTables.Invert(image)),
        InPlace((image, strength, _) => PixelTables.Posterize(image, PosterizeBits - (int)(strength * PosterizeBits))),
        InPlace((image, strength, _) => PixelTables.Solarize(image, 256 - (int)(strength * 256))),
        InPlace((image, strength, _) => PixelTables.SolarizeAdd(image, (int)(strength * LargestSolarizeAddend))),
        InPlace((image, strength, random) => PixelMixing.Saturation(image, Enhancement(strength, random))),
        InPlace((image, strength, random) => PixelTables.Contrast(image, Enhancement(strength, random))),
        InPlace((image, strength, random) => PixelTables.Brightness(image, Enhancement(strength, random))),
        InPlace((image, strength, random) => PixelMixing.Sharpness(image, Enhancement(strength, random))),
        Geometric((strength, sign) => AffineMap.Create(rotation: sign * strength * LargestRotation)),
        Geometric((strength, sign) => AffineMap.Create(shearX: sign * strength * LargestShear)),
        Geometric((strength, sign) => AffineMap.Create(shearY: sign * strength * LargestShear)),
        Geometric((strength, sign) => AffineMap.Create(shiftX: sign * strength * LargestShift)),
        Geometric((strength, sign) => AffineMap.Create(shiftY: sign * strength * LargestShift)),
    ];

    /// <summary>Applies as many drawn operations as the options say.</summary>
    public static RgbImage Apply(RgbImage image, ImageAugmentation options, RandomStream random)
    {
        for (int i = 0; i < options.RandAugmentOperations; i++)
        {
            Operation operation = Operations[random.Below(Operations.Length)];
            if (random.Chance(Probability))
            {
                double magnitude = options.RandAugmentMagnitude + options.RandAugmentDeviation * random.Gaussian();
                image = operation(image, Math.Clamp(magnitude / LargestMagnitude, 0, 1), random, options.Fill);
            }
        }

        return image;
    }

    private static double Enhancement(double strength, RandomStream random) => 1 + Sign(random) * strength * LargestEnhancement;

    private static int Sign(RandomStream random) => random.Chance(0.5) ? 1 : -1;

    private static Operation InPlace(Action<RgbImage, double, RandomStream> change) => (image, strength, random, _) =>
    {
        change(image, strength, random);
        return image;
    };

    private static Operation Geometric(Func<double, int, AffineMap> map) => (image, strength, random, fill) =>
        Warp.Apply(image, map(strength, Sign(random)), elastic: null, fill);
}
