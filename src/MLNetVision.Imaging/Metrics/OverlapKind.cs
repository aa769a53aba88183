namespace MLNetVision.Imaging.Metrics;

/// <summary>What of two instances is compared.</summary>
public enum OverlapKind
{
    /// <summary>Their masks, pixel by pixel (COCO's <c>segm</c>).</summary>
    Masks,

    /// <summary>Their boxes (COCO's <c>bbox</c>).</summary>
    Boxes,
}
