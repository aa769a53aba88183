using MLNetVision.Models.Mask2Former.Processing;

namespace MLNetVision.Models.Mask2Former.PostProcessing;

/// <summary>How a semantic map is made.</summary>
public sealed record SemanticOptions
{
    /// <summary>How masks come to the picture's size; transformers' way by default.</summary>
    public MaskUpsampling Upsampling { get; init; } = MaskUpsampling.HuggingFace;
}

/// <summary>How instances are chosen.</summary>
public sealed record InstanceOptions
{
    /// <summary>
    /// The smallest score of an instance, 0 to 1; 0.5 by default, as in transformers. 0 takes every instance that
    /// <see cref="MaxInstances"/> lets pass, as average precision needs it and the original does.
    /// </summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>
    /// The number of pairs of a query and a class that are looked at, the surest first, at least 1; null, the default, for
    /// as many as there are queries, as in transformers. (Original: 100.)
    /// </summary>
    public int? MaxInstances { get; init; }

    /// <summary>The classes that have separate objects (things); null, the default, for all. Pairs of other classes are left out, after the choice.</summary>
    public IReadOnlyCollection<int>? ThingLabelIds { get; init; }

    /// <summary>How masks come to the picture's size; transformers' way by default.</summary>
    public MaskUpsampling Upsampling { get; init; } = MaskUpsampling.HuggingFace;
}

/// <summary>How a panoptic scene is put together.</summary>
public sealed record PanopticOptions
{
    /// <summary>A query takes part if its surest class is not "no object" and surer than this, 0 to 1; 0.5 by default, as in transformers. (Original: 0.8.)</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>The probability from which a pixel counts to a query's own area, 0 to 1; 0.5 by default.</summary>
    public double MaskThreshold { get; init; } = 0.5;

    /// <summary>A query is left out unless this share of its own area is where it beats all other queries, at least 0; 0.8 by default.</summary>
    public double OverlapMaskAreaThreshold { get; init; } = 0.8;

    /// <summary>The classes without separate objects (stuff), of which all regions become one segment; null, the default, for none.</summary>
    public IReadOnlyCollection<int>? LabelIdsToFuse { get; init; }

    /// <summary>Which of the two rules decides areas; by default <see cref="PanopticRule.HuggingFace"/>.</summary>
    public PanopticRule Rule { get; init; } = PanopticRule.HuggingFace;

    /// <summary>How masks come to the picture's size; transformers' way by default.</summary>
    public MaskUpsampling Upsampling { get; init; } = MaskUpsampling.HuggingFace;

    /// <summary>The original's settings: threshold 0.8, its rule for areas, masks enlarged to the input first.</summary>
    public static PanopticOptions Original { get; } = new() { Threshold = 0.8, Rule = PanopticRule.Original, Upsampling = MaskUpsampling.Original };
}

/// <summary>What counts as a query's area in a panoptic scene.</summary>
public enum PanopticRule
{
    /// <summary>
    /// The area counts pixels whose probability times the query's score reaches the mask threshold; a segment is the whole
    /// region where its query beats the others; the share must exceed the overlap threshold.
    /// </summary>
    HuggingFace,

    /// <summary>
    /// The area counts pixels whose probability reaches the mask threshold; a segment has only those pixels; the share must
    /// reach the overlap threshold.
    /// </summary>
    Original,
}
