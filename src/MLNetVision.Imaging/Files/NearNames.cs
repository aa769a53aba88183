namespace MLNetVision.Imaging.Files;

/// <summary>Finds what a mistyped name may have meant.</summary>
internal static class NearNames
{
    private const int Shown = 3;

    /// <summary>The files and folders of a folder whose names are near to one, the nearest first, by their paths.</summary>
    public static IReadOnlyList<string> In(string folder, string name)
    {
        try
        {
            return
            [
                .. Directory.EnumerateFileSystemEntries(folder)
                    .Where(path => !Path.GetFileName(path).StartsWith('.'))
                    .Select(path => (Path: path, Distance: Distance(Path.GetFileName(path), name)))
                    .Where(item => item.Distance <= Math.Max(1, name.Length / 3))
                    .OrderBy(item => item.Distance).ThenBy(item => item.Path, StringComparer.Ordinal)
                    .Take(Shown).Select(item => item.Path),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>" Did you mean …?" of a file that is missing; nothing where no name beside it is near.</summary>
    public static string Question(string path)
    {
        string full = Path.GetFullPath(path);
        return Question(Path.GetDirectoryName(full) is { } folder ? In(folder, Path.GetFileName(full)) : []);
    }

    /// <summary>" Did you mean …?"; nothing of no names.</summary>
    public static string Question(IReadOnlyList<string> near) => near.Count == 0 ? string.Empty : $" Did you mean {string.Join(" or ", near.Select(name => $"'{name}'"))}?";

    /// <summary>How many letters are too many, missing, others, or exchanged with their neighbour; upper and lower case are alike.</summary>
    public static int Distance(string first, string second)
    {
        (string a, string b) = (first.ToUpperInvariant(), second.ToUpperInvariant());
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                cost[i, j] = i == 0 || j == 0 ? i + j
                    : Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
