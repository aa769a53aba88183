namespace MLNetVision.Imaging.Pictures.Resizing.Filters;

/// <summary>The weight functions of Pillow's filters, in double as there.</summary>
internal static class ResampleFilter
{
    /// <summary>Half the width of a filter, in source pixels at scale 1.</summary>
    public static double Support(Resampling resampling) => resampling switch
    {
        Resampling.Box => 0.5,
        Resampling.Bilinear or Resampling.Hamming => 1,
        Resampling.Bicubic => 2,
        Resampling.Lanczos => 3,
        _ => throw new ArgumentOutOfRangeException(nameof(resampling), resampling, "Expected a filter with weights."),
    };

    /// <summary>The weight at a distance from the centre.</summary>
    public static double Weight(Resampling resampling, double distance) => resampling switch
    {
        Resampling.Box => distance is > -0.5 and <= 0.5 ? 1 : 0,
        Resampling.Bilinear => Math.Max(0, 1 - Math.Abs(distance)),
        Resampling.Hamming => Hamming(Math.Abs(distance)),
        Resampling.Bicubic => Bicubic(Math.Abs(distance)),
        Resampling.Lanczos => distance is >= -3 and < 3 ? Sinc(distance) * Sinc(distance / 3) : 0,
        _ => throw new ArgumentOutOfRangeException(nameof(resampling), resampling, "Expected a filter with weights."),
    };

    private static double Hamming(double x)
    {
        if (x == 0)
        {
            return 1;
        }

        // Pillow's window constants are single precision.
        return x >= 1 ? 0 : Sinc(x) * (0.54f + 0.46f * Math.Cos(x * Math.PI));
    }

    private static double Bicubic(double x)
    {
        const double a = -0.5;
        return x switch
        {
            < 1 => ((a + 2) * x - (a + 3)) * x * x + 1,
            < 2 => (((x - 5) * x + 8) * x - 4) * a,
            _ => 0,
        };
    }

    private static double Sinc(double x)
    {
        if (x == 0)
        {
            return 1;
        }

        double angle = x * Math.PI;
        return Math.Sin(angle) / angle;
    }
}
