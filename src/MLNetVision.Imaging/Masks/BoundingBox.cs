namespace MLNetVision.Imaging.Masks;

/// <summary>An axis-aligned box in COCO's form: the top left corner and the extent, in pixels, the image's corner being (0, 0).</summary>
/// <param name="X">The left edge.</param>
/// <param name="Y">The top edge.</param>
/// <param name="Width">The extent to the right; a box that covers one pixel has width 1.</param>
/// <param name="Height">The extent downwards.</param>
public readonly record struct BoundingBox(double X, double Y, double Width, double Height)
{
    /// <summary>Width times height.</summary>
    public double Area => Width * Height;

    /// <summary>The right edge, X + Width.</summary>
    public double Right => X + Width;

    /// <summary>The bottom edge, Y + Height.</summary>
    public double Bottom => Y + Height;

    /// <summary>The box between two corners (x0 y0 x1 y1, the order of ML.NET's BoundingBoxes columns).</summary>
    public static BoundingBox FromCorners(double x0, double y0, double x1, double y1) => new(x0, y0, x1 - x0, y1 - y0);
}
