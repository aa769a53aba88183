namespace MLNetVision.Imaging.Rendering;

/// <summary>What decides a segment's colour.</summary>
public enum SegmentColouring
{
    /// <summary>Its class: equal classes have equal colours.</summary>
    ByClass,

    /// <summary>Its id: every segment has its own colour.</summary>
    BySegment,
}

/// <summary>How segments are drawn over their picture.</summary>
public sealed record SegmentationOverlayOptions
{
    /// <summary>The names of the classes by id; null, the default, for "class 0", "class 1", …</summary>
    public IReadOnlyList<string>? LabelNames { get; init; }

    /// <summary>What decides colours; the class by default.</summary>
    public SegmentColouring Colouring { get; init; } = SegmentColouring.ByClass;

    /// <summary>How opaque segments are, from 0 (not seen) to 1 (the picture is hidden); 0.5 by default.</summary>
    public double Opacity { get; init; } = 0.5;

    /// <summary>The width of outlines in pixels, inside their segment; 0 for none, 2 by default.</summary>
    public int OutlineWidth { get; init; } = 2;

    /// <summary>Whether boxes are drawn; false by default.</summary>
    public bool Boxes { get; init; }

    /// <summary>Whether each segment carries its class's name; true by default.</summary>
    public bool Labels { get; init; } = true;

    /// <summary>Whether scores stand behind names; true by default.</summary>
    public bool Scores { get; init; } = true;

    /// <summary>Whether a list of the classes stands at the right; true by default.</summary>
    public bool Legend { get; init; } = true;

    /// <summary>The side of a text's dots in pixels, at least 1; null, the default, to choose it by the picture's size.</summary>
    public int? TextScale { get; init; }

    internal string NameOf(int labelId) =>
        LabelNames is { } names && labelId >= 0 && labelId < names.Count ? names[labelId] : $"class {labelId}";

    internal void Validate()
    {
        if (!(Opacity is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Opacity), Opacity, "The opacity must be from 0 to 1.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(OutlineWidth);
        if (TextScale < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(TextScale), TextScale, "A dot of text has at least one pixel.");
        }
    }
}
