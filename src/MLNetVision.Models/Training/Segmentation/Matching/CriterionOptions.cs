namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>The weights and point counts of matching and losses. The defaults are Mask2Former's.</summary>
public sealed record CriterionOptions
{
    /// <summary>The weight of the class loss, at least 0; by default 2.</summary>
    public double ClassWeight { get; init; } = 2;

    /// <summary>The weight of the masks' cross-entropy, as loss and as matching cost, at least 0; by default 5.</summary>
    public double MaskWeight { get; init; } = 5;

    /// <summary>The weight of the masks' dice loss, as loss and as matching cost, at least 0; by default 5.</summary>
    public double DiceWeight { get; init; } = 5;

    /// <summary>
    /// The weight of the class probability as matching cost, at least 0. Hugging Face's criterion always uses 1, whatever
    /// the configuration says, and so does the default here; the original recipe uses 2.
    /// </summary>
    public double MatchingClassWeight { get; init; } = 1;

    /// <summary>The weight of "no object" in the class loss, at least 0; by default 0.1.</summary>
    public double NoObjectWeight { get; init; } = 0.1;

    /// <summary>The number of points at which masks are compared, at least 1; by default 12,544, which is 112².</summary>
    public int Points { get; init; } = 12544;

    /// <summary>How many times <see cref="Points"/> are drawn as candidates for loss points, at least 1; by default 3.</summary>
    public double OversampleRatio { get; init; } = 3;

    /// <summary>The share of loss points that are the most uncertain candidates, 0 to 1; by default 0.75. The others are drawn anew.</summary>
    public double ImportanceSampleRatio { get; init; } = 0.75;

    /// <summary>
    /// Whether the ignored pixels of the targets are left out of matching costs and mask losses; by default true. Hugging Face's
    /// criterion counts them as not belonging to any mask.
    /// </summary>
    public bool ExcludeIgnored { get; init; } = true;

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    internal void Validate()
    {
        NonNegative(ClassWeight, nameof(ClassWeight));
        NonNegative(MaskWeight, nameof(MaskWeight));
        NonNegative(DiceWeight, nameof(DiceWeight));
        NonNegative(MatchingClassWeight, nameof(MatchingClassWeight));
        NonNegative(NoObjectWeight, nameof(NoObjectWeight));
        ArgumentOutOfRangeException.ThrowIfLessThan(Points, 1);
        if (!(OversampleRatio >= 1) || double.IsInfinity(OversampleRatio))
        {
            throw new ArgumentOutOfRangeException(nameof(OversampleRatio), OversampleRatio, "Expected a finite number of at least 1.");
        }

        if (!(ImportanceSampleRatio is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(ImportanceSampleRatio), ImportanceSampleRatio, "Expected a number from 0 to 1.");
        }
    }

    private static void NonNegative(double value, string name)
    {
        if (!(value >= 0) || double.IsInfinity(value))
        {
            throw new ArgumentOutOfRangeException(name, value, "Expected a finite number of at least 0.");
        }
    }
}
