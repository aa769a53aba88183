using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;

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
    /// <summary>The names of the classes by id; null, the default, for the segments' own (<see cref="PredictedSegment.ClassName"/>).</summary>
    public IReadOnlyList<string>? LabelNames { get; init; }

    /// <summary>What decides colours; the class by default.</summary>
    public SegmentColouring Colouring { get; init; } = SegmentColouring.ByClass;

    /// <summary>How opaque segments are, from 0 (not seen) to 1 (the picture is hidden); 0.5 by default.</summary>
    public double Opacity { get; init; } = 0.5;

    /// <summary>The width of outlines in pixels, inside their segment; 0 for none, 2 by default.</summary>
    public int OutlineWidth { get; init; } = 2;

    /// <summary>Whether boxes are drawn; false by default.</summary>
    public bool Boxes { get; init; }

    /// <summary>Whether each segment carries its class's name, smaller or not at all where the segment is too small for it; true by default.</summary>
    public bool Labels { get; init; } = true;

    /// <summary>Whether scores stand behind names; true by default.</summary>
    public bool Scores { get; init; } = true;

    /// <summary>Whether a list of the classes stands at the right; true by default.</summary>
    public bool Legend { get; init; } = true;

    /// <summary>The size of the text in pixels, from 4 to 1000; null, the default, to choose it by the picture's size.</summary>
    public double? TextSize { get; init; }

    /// <summary>The text's size in a picture.</summary>
    internal float TextSizeIn(RgbImage image) => (float)(TextSize ?? Math.Max(11, 8 + Math.Min(image.Width, image.Height) / 80.0));

    internal string NameOf(int labelId) => GivenName(labelId) ?? $"class {labelId}";

    internal string NameOf(PredictedSegment segment) => GivenName(segment.LabelId) ?? segment.ClassName;

    internal void Validate()
    {
        if (!(Opacity is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Opacity), Opacity, "The opacity must be from 0 to 1.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(OutlineWidth);
        if (TextSize is not (null or (>= 4 and <= 1000)))
        {
            throw new ArgumentOutOfRangeException(nameof(TextSize), TextSize, "The size of text must be from 4 to 1000 pixels.");
        }
    }

    private string? GivenName(int labelId) => LabelNames is { } names && labelId >= 0 && labelId < names.Count ? names[labelId] : null;
}
