namespace MLNetVision.Imaging.Pictures;

/// <summary>What the decoder does with the orientation that a camera wrote beside the pixels.</summary>
public enum ExifOrientation
{
    /// <summary>The pixels come as they are stored, as in Pillow and so in Hugging Face's processors.</summary>
    Ignore,

    /// <summary>The picture is turned and mirrored upright.</summary>
    Apply,
}
