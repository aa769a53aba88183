namespace MLNetVision.Models.Mask2Former.Processing;

/// <summary>How a picture's sides become multiples of the size divisor.</summary>
public enum SizeDivisorRule
{
    /// <summary>Each side is stretched to the next multiple, as transformers does it.</summary>
    Stretch,

    /// <summary>The picture keeps its aspect ratio and is padded right and bottom with 0, as the original does it.</summary>
    Pad,
}
