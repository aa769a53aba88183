namespace DrawScenes;

/// <summary>Plain figures, defined by a signed distance: inside is opaque.</summary>
internal static class ShapeStamps
{
    public static IReadOnlyList<StampClass> All { get; } =
    [
        new("disc", [Solid((x, y) => Math.Sqrt(x * x + y * y) - 0.4)]),
        new("ring", [Solid((x, y) => Math.Abs(Math.Sqrt(x * x + y * y) - 0.33) - 0.1)]),
        new("cross", [Solid((x, y) => Math.Min(Box(x, y, 0.42, 0.13), Box(x, y, 0.13, 0.42)))]),
        new("square", [Solid((x, y) => Box(x, y, 0.34, 0.34))]),
        new("triangle", [Solid((x, y) => Math.Max(y - 0.3, Math.Abs(x) * 0.87 - 0.5 * y - 0.2))]),
    ];

    /// <summary>Opacity from a signed distance to the outline, in units of the stamp's size.</summary>
    private static Stamp Solid(Func<double, double, double> distance) => (x, y) => Math.Clamp(0.5 - 12 * distance(x - 0.5, y - 0.5), 0, 1);

    private static double Box(double x, double y, double halfWidth, double halfHeight) =>
        Math.Max(Math.Abs(x) - halfWidth, Math.Abs(y) - halfHeight);
}
