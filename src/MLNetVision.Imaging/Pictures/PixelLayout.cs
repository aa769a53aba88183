namespace MLNetVision.Imaging.Pictures;

/// <summary>The order of a pixel's four bytes.</summary>
public enum PixelLayout
{
    /// <summary>Red, green, blue, alpha.</summary>
    Rgba,

    /// <summary>Blue, green, red, alpha.</summary>
    Bgra,
}
