namespace MLNetVision.Imaging.Annotations;

/// <summary>What the values of semantic label maps mean.</summary>
public sealed class SemanticMaskOptions
{
    /// <summary>The value of pixels that belong to no class; by default 255. Null if there is none.</summary>
    public int? IgnoreIndex { get; init; } = 255;

    /// <summary>The value of the first class; by default 0. With 1, the value 0 is an error unless it is the <see cref="IgnoreIndex"/>.</summary>
    public int FirstIndex { get; init; }

    /// <summary>What the names of label maps have after the picture's name, such as "_labelIds"; by default nothing.</summary>
    public string MaskSuffix { get; init; } = string.Empty;

    /// <summary>The classes that are things; by default none: all are stuff.</summary>
    public IReadOnlyCollection<string> ThingClasses { get; init; } = [];
}
