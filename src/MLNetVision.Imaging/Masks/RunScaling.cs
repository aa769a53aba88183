namespace MLNetVision.Imaging.Masks;

/// <summary>Changes the size of a mask on its runs, without touching a pixel.</summary>
internal static class RunScaling
{
    /// <summary>Takes for each new row and column the old one that an index names.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="rows">The old row of each new row, not descending.</param>
    /// <param name="columns">The old column of each new column, not descending.</param>
    public static RunLengthMask Select(RunLengthMask mask, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns)
    {
        int height = mask.Height;
        ReadOnlySpan<int> runs = mask.Runs;
        int[] firstRow = FirstFrom(rows, height);
        using var changes = new PositionList(4 * columns.Length);
        int firstRun = 0;
        for (int x = 0; x < columns.Length; x++)
        {
            int begin = columns[x] * height, end = begin + height;
            while (firstRun < runs.Length && runs[firstRun + 1] <= begin)
            {
                firstRun += 2;
            }

            for (int run = firstRun; run < runs.Length && runs[run] < end; run += 2)
            {
                int from = firstRow[Math.Max(runs[run], begin) - begin];
                int to = firstRow[Math.Min(runs[run + 1], end) - begin];
                if (from < to)
                {
                    changes.Toggle(x * rows.Length + from);
                    changes.Toggle(x * rows.Length + to);
                }
            }
        }

        return RunLengthMask.FromRuns(changes.ToRuns(rows.Length * columns.Length), rows.Length, columns.Length);
    }

    /// <summary>For each old row, and for the end, the first new row that takes it or a later one.</summary>
    private static int[] FirstFrom(ReadOnlySpan<int> rows, int height)
    {
        var first = new int[height + 1];
        int next = 0;
        for (int row = 0; row <= height; row++)
        {
            while (next < rows.Length && rows[next] < row)
            {
                next++;
            }

            first[row] = next;
        }

        return first;
    }
}
