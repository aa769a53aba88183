using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations;

/// <summary>Makes masks of the shapes that annotation tools draw.</summary>
internal static class ShapeMasks
{
    public static RunLengthMask Polygon(double[] points, int height, int width, OutlineBudget budget)
    {
        try
        {
            return RunLengthMask.FromPolygon(points, height, width, budget);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"the polygon is broken: {e.Message}", e);
        }
    }

    public static RunLengthMask Rectangle(double x0, double y0, double x1, double y1, int height, int width, OutlineBudget budget) =>
        Polygon([x0, y0, x1, y0, x1, y1, x0, y1], height, width, budget);

    /// <summary>A circle as a polygon whose corners are less than half a pixel inside of it.</summary>
    public static RunLengthMask Circle(double x, double y, double radius, int height, int width, OutlineBudget budget)
    {
        int corners = Math.Clamp((int)Math.Ceiling(Math.PI * Math.Sqrt(radius)), 36, 720);
        double[] points = new double[2 * corners];
        for (int i = 0; i < corners; i++)
        {
            (double sin, double cos) = Math.SinCos(2 * Math.PI * i / corners);
            points[2 * i] = x + radius * cos;
            points[2 * i + 1] = y + radius * sin;
        }

        return Polygon(points, height, width, budget);
    }
}
