namespace MLNetVision.Imaging.Masks;

/// <summary>One connected region of a mask as closed lines: an outer one, clockwise as the picture is seen, and one around each hole, the other way.</summary>
public sealed class MaskPolygon
{
    /// <summary>Takes lines over.</summary>
    /// <param name="outer">The outer line.</param>
    /// <param name="holes">The lines around holes; null for none.</param>
    public MaskPolygon(IReadOnlyList<double> outer, IReadOnlyList<IReadOnlyList<double>>? holes = null)
    {
        ArgumentNullException.ThrowIfNull(outer);
        (Outer, Holes) = (outer, holes ?? []);
    }

    /// <summary>The corners of the outer line, x0 y0 x1 y1 … in pixels, the image's corner being (0, 0); the last one joins the first by itself.</summary>
    public IReadOnlyList<double> Outer { get; }

    /// <summary>The corners of the lines around holes, in the same form.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Holes { get; }

    /// <summary>The pixels of polygons: in any of them, and not in a hole of that one. Without tolerance it gives back the mask that they were made of.</summary>
    /// <param name="polygons">The polygons; none for an empty mask.</param>
    /// <param name="height">The image's height.</param>
    /// <param name="width">The image's width.</param>
    /// <exception cref="ArgumentException">A line has fewer than three corners, an odd count of numbers, or one that is not finite.</exception>
    public static RunLengthMask ToMask(IEnumerable<MaskPolygon> polygons, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(polygons);
        RunLengthMask[] parts = [.. polygons.Select(polygon => polygon.Fill(height, width))];
        return parts.Length == 0 ? RunLengthMask.Empty(height, width) : RunLengthMask.Union(parts);
    }

    /// <summary>
    /// The polygon as the one list of numbers that COCO's form has for it. Holes, which the form does not know, are joined to the
    /// outer line by seams of no width, so that COCO's own tools leave them out.
    /// </summary>
    public double[] ToCoco()
    {
        if (Holes.Count == 0)
        {
            return [.. Outer];
        }

        var line = new List<double>([.. Outer, Outer[0], Outer[1]]);
        for (int i = 0; i < Holes.Count; i++)
        {
            line.AddRange([.. Holes[i], Holes[i][0], Holes[i][1]]);
            if (i < Holes.Count - 1)
            {
                line.AddRange([Outer[0], Outer[1]]);
            }
        }

        return [.. line];
    }

    private RunLengthMask Fill(int height, int width)
    {
        RunLengthMask filled = RunLengthMask.FromPolygon([.. Outer], height, width);
        return Holes.Count == 0 ? filled : filled.Except(RunLengthMask.Union([.. Holes.Select(hole => RunLengthMask.FromPolygon([.. hole], height, width))]));
    }
}
