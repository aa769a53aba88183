namespace MLNetVision.Imaging.Pictures;

/// <summary>How a picture's pixels are combined when its size changes; the numbers are Pillow's, as in preprocessor_config.json.</summary>
public enum Resampling
{
    /// <summary>The pixel at the centre.</summary>
    Nearest = 0,

    /// <summary>A windowed sinc of six pixels.</summary>
    Lanczos = 1,

    /// <summary>A triangle of two pixels.</summary>
    Bilinear = 2,

    /// <summary>Keys' cubic of four pixels with a = −0.5.</summary>
    Bicubic = 3,

    /// <summary>The mean of the pixels below the new pixel.</summary>
    Box = 4,

    /// <summary>A windowed sinc of two pixels.</summary>
    Hamming = 5,
}
