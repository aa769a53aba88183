using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures.Decoding;

namespace MLNetVision.Imaging.Annotations.Labelme;

/// <summary>The shapes of labelme and its successors as masks.</summary>
internal static class LabelmeShapes
{
    private const int FewestNumbers = 6; // x and y of three points

    /// <summary>What helps in drawing and has no inside.</summary>
    private static readonly string[] Helps = ["line", "linestrip", "point", "points"];

    /// <summary>Whether a shape has no inside by its kind.</summary>
    public static bool IsHelp(JsonElement shape) => Helps.Contains(KindOf(shape));

    /// <summary>The kind of a shape; a polygon where none is stated.</summary>
    public static string KindOf(JsonElement shape) => shape.Optional("shape_type") is { ValueKind: JsonValueKind.String } ? shape.Text("shape_type") : "polygon";

    /// <summary>Reads a shape.</summary>
    /// <exception cref="InvalidDataException">It has no pixels, or is of another kind.</exception>
    public static RunLengthMask Read(JsonElement shape, int height, int width, OutlineBudget budget)
    {
        string kind = KindOf(shape);
        double[] points = [.. shape.List("points").EnumerateArray().SelectMany(Point)];
        RunLengthMask mask = (kind, points.Length) switch
        {
            ("mask", 4) => Painted(shape, points, height, width),
            ("rectangle", 4) => ShapeMasks.Rectangle(
                Math.Min(points[0], points[2]), Math.Min(points[1], points[3]), Math.Max(points[0], points[2]), Math.Max(points[1], points[3]), height, width, budget),
            ("circle", 4) => ShapeMasks.Circle(points[0], points[1], double.Hypot(points[2] - points[0], points[3] - points[1]), height, width, budget),
            ("polygon" or "rotation" or "oriented_rectangle" or "quadrilateral", >= FewestNumbers) or ("rectangle", 8) => ShapeMasks.Polygon(points, height, width, budget),
            _ => throw new InvalidDataException($"a {kind} of {points.Length / 2} point(s); expected a polygon, a rectangle, a circle or a mask"),
        };
        return mask.IsEmpty ? throw new InvalidDataException($"the {kind} has no pixel within the picture") : mask;
    }

    private static double[] Point(JsonElement point) =>
        point.Numbers("points") is { Length: 2 } numbers ? numbers : throw new InvalidDataException("the field 'points' has a point that is not x and y");

    // The picture of a mask begins at its first point; pixels that are not 0 belong to it.
    private static RunLengthMask Painted(JsonElement shape, double[] points, int height, int width)
    {
        PngLabels painted;
        try
        {
            painted = PngLabels.Decode(Convert.FromBase64String(shape.Text("mask")));
        }
        catch (FormatException e)
        {
            throw new InvalidDataException("the field 'mask' is no picture in base64", e);
        }

        // Runs go down the columns; only those within the picture count.
        var runs = new List<int>();
        (double left, double top) = (Math.Round(Math.Min(points[0], points[2])), Math.Round(Math.Min(points[1], points[3])));
        for (int x = 0; x < painted.Width; x++)
        {
            for (int y = 0; y < painted.Height; y++)
            {
                (double column, double row) = (left + x, top + y);
                if (painted.Values[y * painted.Width + x] == 0 || column < 0 || column >= width || row < 0 || row >= height)
                {
                    continue;
                }

                int position = (int)column * height + (int)row;
                if (runs.Count > 0 && runs[^1] == position)
                {
                    runs[^1]++;
                }
                else
                {
                    runs.AddRange([position, position + 1]);
                }
            }
        }

        return RunLengthMask.FromRuns([.. runs], height, width);
    }
}
