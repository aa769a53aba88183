namespace MLNetVision.Imaging.Randomness;

/// <summary>What a stream of random numbers is for; the values are part of what a seed means and never change.</summary>
internal enum RandomPurpose
{
    /// <summary>The order of an epoch's pictures.</summary>
    Order = 1,

    /// <summary>The variation of one picture in one epoch.</summary>
    Augmentation = 2,

    /// <summary>The mixing of one batch.</summary>
    Mixing = 3,

    /// <summary>The generator of the layers' own randomness (drop path) in one step.</summary>
    Layers = 4,

    /// <summary>The pictures that are set aside for validation.</summary>
    ValidationSplit = 5,

    /// <summary>The points at which masks are compared.</summary>
    MaskPoints = 6,
}
