namespace MLNetVision.Imaging.Augmentation;

/// <summary>Where a warped picture's points come from: source = matrix · (target − centre) + centre + shift, in pixels.</summary>
/// <param name="XX">The source's x for a step along x.</param>
/// <param name="XY">The source's x for a step along y.</param>
/// <param name="YX">The source's y for a step along x.</param>
/// <param name="YY">The source's y for a step along y.</param>
/// <param name="ShiftX">The shift along x in shares of the width.</param>
/// <param name="ShiftY">The shift along y in shares of the height.</param>
internal readonly record struct AffineMap(double XX, double XY, double YX, double YY, double ShiftX, double ShiftY)
{
    /// <summary>The map that changes nothing.</summary>
    public static AffineMap Identity { get; } = new(1, 0, 0, 1, 0, 0);

    /// <summary>A zoom (above 1 enlarges), a rotation in radians and shears as tangents.</summary>
    public static AffineMap Create(double zoom = 1, double rotation = 0, double shearX = 0, double shearY = 0, double shiftX = 0, double shiftY = 0)
    {
        (double sin, double cos) = Math.SinCos(rotation);
        double xx = cos / zoom;
        double yx = sin / zoom;
        return new AffineMap(xx + shearX * yx, shearX * xx - yx, yx + shearY * xx, xx - shearY * yx, shiftX, shiftY);
    }
}
