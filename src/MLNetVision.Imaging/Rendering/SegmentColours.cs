using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>A colour for every number, the same in every run, neighbours far apart.</summary>
internal static class SegmentColours
{
    private const double GoldenRatio = 0.61803398874989485;

    public static SKColor Of(int number)
    {
        // Steps of the golden ratio spread hues evenly however many there are; strength and light vary in a slower beat.
        double hue = (0.02 + Math.Abs((long)number) * GoldenRatio) % 1 * 360;
        float saturation = 95 - Math.Abs(number) / 3 % 3 * 20;
        float value = 100 - Math.Abs(number) / 5 % 3 * 17;
        return SKColor.FromHsv((float)hue, saturation, value);
    }

    /// <summary>Black or white, whichever reads better on a colour.</summary>
    public static SKColor TextOn(SKColor colour) =>
        0.299 * colour.Red + 0.587 * colour.Green + 0.114 * colour.Blue > 140 ? SKColors.Black : SKColors.White;

    /// <summary>The colour in HTML.</summary>
    public static string ToHtml(SKColor colour) => $"#{colour.Red:x2}{colour.Green:x2}{colour.Blue:x2}";
}
