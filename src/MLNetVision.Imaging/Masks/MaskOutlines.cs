namespace MLNetVision.Imaging.Masks;

/// <summary>
/// Walks along the edges between a mask's pixels and the rest. Pixels that touch at a corner alone belong to different
/// regions, and what is not set is joined across corners.
/// </summary>
/// <remarks>
/// Each run of a column has two level edges, its top and its bottom, and between two of them a line goes straight up or down. The
/// set pixels lie at the right hand, so tops are walked to the right and bottoms to the left. Edge 2·i is the top of run i, and
/// edge 2·i + 1 its bottom. The cost grows with the outline and not with the pixels.
/// </remarks>
internal sealed class MaskOutlines
{
    private readonly int[] _tops;
    private readonly int[] _bottoms;
    private readonly int[] _columns;

    /// <summary>Where each column's runs begin, from the first column that has any; one more at the end.</summary>
    private readonly int[] _first;

    private readonly int[] _regions;

    private MaskOutlines(ReadOnlySpan<int> runs, int height)
    {
        int count = 0;
        for (int i = 0; i < runs.Length; i += 2)
        {
            count += (runs[i + 1] - 1) / height - runs[i] / height + 1;
        }

        (_tops, _bottoms, _columns) = (new int[count], new int[count], new int[count]);
        int next = 0;
        for (int i = 0; i < runs.Length; i += 2)
        {
            // A run may go on from the bottom of a column to the top of the next one.
            for (int start = runs[i]; start < runs[i + 1];)
            {
                int column = start / height, end = Math.Min(runs[i + 1], (column + 1) * height);
                (_columns[next], _tops[next], _bottoms[next]) = (column, start - column * height, end - column * height);
                next++;
                start = end;
            }
        }

        _first = new int[_columns[^1] - _columns[0] + 2];
        foreach (int column in _columns)
        {
            _first[column - _columns[0] + 1]++;
        }

        for (int i = 1; i < _first.Length; i++)
        {
            _first[i] += _first[i - 1];
        }

        _regions = Regions();
    }

    /// <summary>The polygons of a mask, regions in the order of their first pixel, column after column.</summary>
    /// <param name="runs">The mask's runs.</param>
    /// <param name="height">The image's height.</param>
    /// <param name="tolerance">How far corners that are left out may lie from the line.</param>
    public static IReadOnlyList<MaskPolygon> Trace(ReadOnlySpan<int> runs, int height, double tolerance) =>
        runs.IsEmpty ? [] : new MaskOutlines(runs, height).Trace(tolerance);

    private List<MaskPolygon> Trace(double tolerance)
    {
        var polygons = new List<MaskPolygon>();
        var holesOf = new Dictionary<int, List<IReadOnlyList<double>>>();
        bool[] walked = new bool[2 * _tops.Length];
        for (int run = 0; run < _tops.Length; run++)
        {
            if (walked[2 * run])
            {
                continue;
            }

            double[] line = Walk(2 * run, walked);
            if (!holesOf.TryGetValue(_regions[run], out List<IReadOnlyList<double>>? holes))
            {
                // The first line of a region, met at its leftmost column, is the one around it.
                holesOf.Add(_regions[run], holes = []);
                polygons.Add(new MaskPolygon(OutlineSimplifier.Simplify(line, tolerance, mayVanish: false)!, holes));
            }
            else if (OutlineSimplifier.Simplify(line, tolerance, mayVanish: true) is { } hole)
            {
                holes.Add(hole);
            }
        }

        return polygons;
    }

    private double[] Walk(int edge, bool[] walked)
    {
        var corners = new List<double>();
        for (; !walked[edge]; edge = Next(edge))
        {
            walked[edge] = true;
            int next = Next(edge);
            if (Row(next) != Row(edge))
            {
                double x = _columns[edge / 2] + (edge % 2 == 0 ? 1 : 0);
                corners.AddRange([x, Row(edge), x, Row(next)]);
            }
        }

        return [.. corners];
    }

    private int Row(int edge) => edge % 2 == 0 ? _tops[edge / 2] : _bottoms[edge / 2];

    private int Next(int edge) => edge % 2 == 0 ? AfterTop(edge / 2) : AfterBottom(edge / 2);

    /// <summary>The level edge that follows where a top ends, at its right.</summary>
    private int AfterTop(int run)
    {
        (int begin, int end) = RunsOf(_columns[run] + 1);
        int beside = LastFrom(_tops[run], begin, end);
        if (beside >= begin && _bottoms[beside] > _tops[run])
        {
            // The line goes up, or straight on, along the run beside, unless one above in this column ends lower.
            bool isStopped = run > 0 && _columns[run - 1] == _columns[run] && _bottoms[run - 1] > _tops[beside];
            return isStopped ? 2 * (run - 1) + 1 : 2 * beside;
        }

        int below = beside + 1;
        return below < end && _tops[below] < _bottoms[run] ? 2 * below : 2 * run + 1;
    }

    /// <summary>The level edge that follows where a bottom ends, at its left: as <see cref="AfterTop"/>, turned by half a circle.</summary>
    private int AfterBottom(int run)
    {
        (int begin, int end) = RunsOf(_columns[run] - 1);
        int beside = LastFrom(_bottoms[run] - 1, begin, end);
        if (beside >= begin && _bottoms[beside] >= _bottoms[run])
        {
            bool isStopped = run + 1 < _tops.Length && _columns[run + 1] == _columns[run] && _tops[run + 1] < _bottoms[beside];
            return isStopped ? 2 * (run + 1) : 2 * beside + 1;
        }

        return beside >= begin && _bottoms[beside] > _tops[run] ? 2 * beside + 1 : 2 * run;
    }

    private (int Begin, int End) RunsOf(int column)
    {
        int index = column - _columns[0];
        return index < 0 ? (0, 0) : index >= _first.Length - 1 ? (_tops.Length, _tops.Length) : (_first[index], _first[index + 1]);
    }

    /// <summary>The last of a column's runs that begins at a row or above it; the one before the first if there is none.</summary>
    private int LastFrom(int row, int begin, int end)
    {
        int found = Array.BinarySearch(_tops, begin, end - begin, row);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>For each run the region that it belongs to: the number of a run that stands for it.</summary>
    private int[] Regions()
    {
        int[] parents = [.. Enumerable.Range(0, _tops.Length)];
        for (int column = 0; column + 2 < _first.Length; column++)
        {
            int left = _first[column], right = _first[column + 1];
            while (left < _first[column + 1] && right < _first[column + 2])
            {
                if (_tops[left] < _bottoms[right] && _tops[right] < _bottoms[left])
                {
                    parents[Root(right)] = Root(left);
                }

                bool isLeftFirst = _bottoms[left] < _bottoms[right];
                left += isLeftFirst ? 1 : 0;
                right += isLeftFirst ? 0 : 1;
            }
        }

        for (int run = 0; run < parents.Length; run++)
        {
            parents[run] = Root(run);
        }

        return parents;

        int Root(int run)
        {
            while (parents[run] != run)
            {
                run = parents[run] = parents[parents[run]];
            }

            return run;
        }
    }
}
