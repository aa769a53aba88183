namespace MLNetVision.Imaging.Masks;

/// <summary>
/// Turns a polygon into runs by COCO's rule: the corners are rounded to a grid five times finer than the pixels, each
/// edge is drawn on it, and a column changes where the outline passes between the two fine columns left and right of
/// its centre.
/// </summary>
/// <remarks>
/// The rule as published walks every fine point of every edge. Here the crossing of each column is computed directly,
/// with the same double arithmetic, so that the cost depends on the columns an edge passes and not on its length.
/// Rounding is toward zero after adding ½, for negative numbers too; this is part of the rule.
/// </remarks>
internal static class PolygonRasterizer
{
    private const int Scale = 5;

    /// <summary>Columns change between the fine columns 5c + 2 and 5c + 3.</summary>
    private const int Centre = 2;

    private readonly record struct Corner(int X, int Y);

    /// <summary>The runs of a polygon (x0, y0, x1, y1, …) in an image.</summary>
    /// <exception cref="ArgumentException">
    /// Fewer than six numbers, an odd count, a number that is not finite or beyond ±4e8, or more outline than the budget has.
    /// </exception>
    public static int[] Rasterize(ReadOnlySpan<double> polygon, int height, int width, OutlineBudget budget)
    {
        Corner[] corners = ToGrid(polygon);
        budget.Earn(corners.Length);
        using var changes = new PositionList((int)Math.Min(4L * width, int.MaxValue));
        for (int i = 0; i < corners.Length; i++)
        {
            AddEdge(corners[i], corners[i + 1 == corners.Length ? 0 : i + 1], height, width, changes, budget);
        }

        using var merged = new PositionList(changes.Count);
        changes.TogglesInOrder(height * width, merged);
        return merged.ToRuns(height * width);
    }

    private static Corner[] ToGrid(ReadOnlySpan<double> polygon)
    {
        if (polygon.Length < 6 || polygon.Length % 2 != 0)
        {
            throw new ArgumentException($"A polygon needs an even count of at least 6 numbers (x0, y0, x1, y1, …); {polygon.Length} came.", nameof(polygon));
        }

        var corners = new Corner[polygon.Length / 2];
        for (int i = 0; i < corners.Length; i++)
        {
            corners[i] = new Corner(ToGrid(polygon[2 * i]), ToGrid(polygon[2 * i + 1]));
        }

        return corners;
    }

    private static int ToGrid(double coordinate)
    {
        const double Largest = 4e8;
        return Math.Abs(coordinate) <= Largest
            ? Round(Scale * coordinate)
            : throw new ArgumentException($"A polygon's coordinate is {coordinate}; finite numbers within ±{Largest} were expected.", nameof(coordinate));
    }

    private static int Round(double value) => (int)(value + 0.5);

    private static void AddEdge(Corner from, Corner to, int height, int width, PositionList changes, OutlineBudget budget)
    {
        long dx = Math.Abs((long)to.X - from.X);
        long dy = Math.Abs((long)to.Y - from.Y);
        if (dx == 0)
        {
            return;
        }

        (int first, int last) = Columns(Math.Min(from.X, to.X), Math.Max(from.X, to.X), width);
        if (last < first)
        {
            return;
        }

        budget.Spend((long)last - first + 1);
        if (dx >= dy)
        {
            (Corner left, Corner right) = from.X <= to.X ? (from, to) : (to, from);
            AddFlatEdge(left, (double)((long)right.Y - left.Y) / dx, first, last, height, changes);
        }
        else
        {
            (Corner top, Corner bottom) = from.Y <= to.Y ? (from, to) : (to, from);
            AddSteepEdge(top, bottom, (double)((long)bottom.X - top.X) / dy, first, last, height, changes);
        }
    }

    /// <summary>An edge with one fine point in each fine column.</summary>
    private static void AddFlatEdge(Corner left, double slope, int first, int last, int height, PositionList changes)
    {
        for (int column = first; column <= last; column++)
        {
            long x = (long)column * Scale + Centre - left.X;
            int y = Math.Min(Round(left.Y + slope * x), Round(left.Y + slope * (x + 1)));
            changes.Add(Position(column, y, height));
        }
    }

    /// <summary>An edge with one fine point in each fine row: the crossing of a column is the row at which x steps over its centre.</summary>
    private static void AddSteepEdge(Corner top, Corner bottom, double slope, int first, int last, int height, PositionList changes)
    {
        long rows = (long)bottom.Y - top.Y;
        for (int column = first; column <= last; column++)
        {
            long centre = (long)column * Scale + Centre;

            // The last row before the step; the estimate is off by one at most through rounding, and is then corrected.
            long row = Math.Clamp((long)((centre + 0.5 - top.X) / slope), 0, rows - 1);
            while (row > 0 && IsBeyond(row))
            {
                row--;
            }

            while (row < rows - 1 && !IsBeyond(row + 1))
            {
                row++;
            }

            changes.Add(Position(column, (int)(top.Y + row), height));

            bool IsBeyond(long t)
            {
                int x = Round(top.X + slope * t);
                return slope > 0 ? x > centre : x <= centre;
            }
        }
    }

    /// <summary>The image's columns whose centre lies between two fine columns.</summary>
    private static (int First, int Last) Columns(int left, int right, int width)
    {
        // left ≤ 5c + 2 and 5c + 3 ≤ right
        int first = left <= Centre ? 0 : (left - Centre + Scale - 1) / Scale;
        int last = right < Centre + 1 ? -1 : (right - Centre - 1) / Scale;
        return (first, Math.Min(last, width - 1));
    }

    private static int Position(int column, int fineRow, int height)
    {
        int row = fineRow <= Centre ? 0 : (fineRow - Centre + Scale - 1) / Scale;
        return column * height + Math.Min(row, height);
    }
}
