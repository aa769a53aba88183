namespace MLNetVision.Imaging.Segments;

/// <summary>What is asked of a picture.</summary>
public enum SegmentationTask
{
    /// <summary>A class for every pixel.</summary>
    Semantic,

    /// <summary>A mask for every object; masks may overlap.</summary>
    Instance,

    /// <summary>A mask for every object and every kind of stuff, without overlaps.</summary>
    Panoptic,
}
