namespace MLNetVision.Imaging.Masks;

/// <summary>Leaves out corners of closed lines, by Douglas and Peucker: those that lie near enough to the line without them.</summary>
internal static class OutlineSimplifier
{
    /// <param name="line">x0 y0 x1 y1 …, at least three corners; the last joins the first.</param>
    /// <param name="tolerance">The greatest distance of a corner that is left out, in pixels; 0 leaves out none.</param>
    /// <param name="mayVanish">Whether a line that is flat within the tolerance goes as a whole; else it keeps three corners.</param>
    /// <returns>The corners that stay, in their order; null where the line went.</returns>
    public static double[]? Simplify(double[] line, double tolerance, bool mayVanish)
    {
        if (tolerance == 0)
        {
            return line;
        }

        // Two corners far apart begin, each the farthest from the other side.
        int count = line.Length / 2;
        int anchor = Farthest(line, 0, 0, count, 0).Corner;
        bool[] stays = new bool[count];
        stays[0] = stays[anchor] = true;
        Keep(line, 0, anchor, tolerance, stays);
        Keep(line, anchor, count, tolerance, stays);
        int left = stays.Count(corner => corner);
        if (left < 3)
        {
            if (mayVanish)
            {
                return null;
            }

            (int Corner, double Squared) one = Farthest(line, 0, 0, anchor, anchor), other = Farthest(line, 0, anchor, count, anchor);
            stays[one.Squared >= other.Squared ? one.Corner : other.Corner] = true;
        }

        return [.. Enumerable.Range(0, count).Where(corner => stays[corner]).SelectMany(corner => (double[])[line[2 * corner], line[2 * corner + 1]])];
    }

    private static void Keep(double[] line, int from, int to, double tolerance, bool[] stays)
    {
        var parts = new Stack<(int From, int To)>([(from, to)]);
        while (parts.TryPop(out (int From, int To) part))
        {
            (int corner, double squared) = Farthest(line, part.From, part.From, part.To, part.To % stays.Length);
            if (squared > tolerance * tolerance)
            {
                stays[corner] = true;
                parts.Push((part.From, corner));
                parts.Push((corner, part.To));
            }
        }
    }

    /// <summary>The corner strictly between two that lies farthest from the straight line of two corners, and its distance squared.</summary>
    private static (int Corner, double Squared) Farthest(double[] line, int start, int from, int to, int end)
    {
        (int Corner, double Squared) farthest = (from, -1);
        double x = line[2 * start], y = line[2 * start + 1], dx = line[2 * end] - x, dy = line[2 * end + 1] - y;
        double length = dx * dx + dy * dy;
        for (int corner = from + 1; corner < to; corner++)
        {
            double px = line[2 * corner] - x, py = line[2 * corner + 1] - y;
            double along = length == 0 ? 0 : Math.Clamp((px * dx + py * dy) / length, 0, 1);
            (px, py) = (px - along * dx, py - along * dy);
            double squared = px * px + py * py;
            farthest = squared > farthest.Squared ? (corner, squared) : farthest;
        }

        return farthest;
    }
}
