using MLNetVision.Imaging.Augmentation;

namespace MLNetVision.Imaging.Annotations;

/// <summary>What the values of semantic label maps mean, and which map belongs to which picture.</summary>
public sealed class SemanticMaskOptions
{
    /// <summary>The value of pixels that belong to no class; by default 255. Null if there is none. A value that <see cref="Values"/> names is not ignored.</summary>
    public int? IgnoreIndex { get; init; } = 255;

    /// <summary>The value of the first class; by default 0. With 1, the value 0 has no class.</summary>
    public int FirstIndex { get; init; }

    /// <summary>
    /// The class of each value by its name, for maps whose values are not those of the classes in their order, such as binary ones
    /// of 0 and 255; by default null. Other values have no class.
    /// </summary>
    public IReadOnlyDictionary<int, string>? Values { get; init; }

    /// <summary>The class of each colour by its name, for maps that are pictures; by default null. Other colours have no class. Not together with <see cref="Values"/>.</summary>
    public IReadOnlyDictionary<RgbColor, string>? Colors { get; init; }

    /// <summary>What the names of label maps have after the picture's name, such as "_labelIds"; by default nothing.</summary>
    public string MaskSuffix { get; init; } = string.Empty;

    /// <summary>What the names of pictures have after what they share with their label maps, such as "_leftImg8bit"; by default nothing.</summary>
    public string ImageSuffix { get; init; } = string.Empty;

    /// <summary>What the names of label maps have before what they share with their pictures, such as "mask_"; by default nothing.</summary>
    public string MaskPrefix { get; init; } = string.Empty;

    /// <summary>What the names of pictures have before what they share with their label maps; by default nothing.</summary>
    public string ImagePrefix { get; init; } = string.Empty;

    /// <summary>The classes that are things; by default none: all are stuff.</summary>
    public IReadOnlyCollection<string> ThingClasses { get; init; } = [];
}
