namespace MLNetVision.Imaging.Options;

/// <summary>Finds what somebody may have meant who mistyped a name.</summary>
public static class NearestName
{
    /// <summary>The known name that is nearest to another.</summary>
    /// <param name="name">The name that is not known.</param>
    /// <param name="known">The names that are.</param>
    /// <returns>The name that the fewest single changes lead to: a letter more, less or other, or two in the other order, capitals aside; null where more than a third of it would change.</returns>
    public static string? Of(string name, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        (string Name, int Distance) best = known.Select(other => (other, Distance(name, other))).DefaultIfEmpty((string.Empty, int.MaxValue)).MinBy(item => item.Item2);
        return best.Distance <= Math.Max(1, name.Length / 3) ? best.Name : null;
    }

    /// <summary>A question behind a message: " Did you mean 'NAME'?", or nothing.</summary>
    internal static string Question(string name, IEnumerable<string> known) => Of(name, known) is { } nearest ? $" Did you mean '{nearest}'?" : string.Empty;

    /// <summary>How many letters are too many, missing, others, or exchanged with their neighbour (Damerau and Levenshtein's distance); upper and lower case are alike.</summary>
    internal static int Distance(string first, string second)
    {
        // Three rows of the table are enough.
        (string a, string b) = (first.ToLowerInvariant(), second.ToLowerInvariant());
        int[] before = new int[b.Length + 1], last = [.. Enumerable.Range(0, b.Length + 1)], row = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, last, row) = (last, row, before);
        }

        return last[b.Length];
    }
}
