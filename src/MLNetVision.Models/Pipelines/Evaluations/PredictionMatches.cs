namespace MLNetVision.Models.Pipelines.Evaluations;

/// <summary>
/// Finds the prediction of each picture where both are known by paths that were written at another place: by the whole path, and else by the longest common end
/// of both, so far as that is of no other picture.
/// </summary>
internal static class PredictionMatches
{
    /// <param name="pictures">The pictures' full paths.</param>
    /// <param name="named">The pictures as the predictions name them; of one name the last counts.</param>
    /// <param name="file">The file of predictions; relative names may count from its folder.</param>
    /// <returns>For each picture the place of its prediction; −1 without one.</returns>
    /// <exception cref="InvalidDataException">Of several pictures it cannot be told which one a prediction is of.</exception>
    public static int[] Find(IReadOnlyList<string> pictures, IReadOnlyList<string> named, string file)
    {
        int[] found = new int[pictures.Count];
        Array.Fill(found, -1);
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        Dictionary<string, int> byPath = pictures.Index().DistinctBy(item => item.Item).ToDictionary(item => item.Item, item => item.Index, StringComparer.Ordinal);
        var rest = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((int place, string name) in named.Index())
        {
            string here = name.Replace('\0', '?'), other = OperatingSystem.IsWindows() ? here : here.Replace('\\', '/');
            if (byPath.TryGetValue(Path.GetFullPath(here), out int picture) || byPath.TryGetValue(Path.GetFullPath(here, folder), out picture))
            {
                found[picture] = place;
            }
            else
            {
                rest[other] = place;
            }
        }

        int[] open = [.. Enumerable.Range(0, pictures.Count).Where(i => found[i] < 0)];
        for (int depth = rest.Keys.Select(name => Parts(name).Length).DefaultIfEmpty(0).Max(); depth > 0 && rest.Count > 0 && open.Length > 0; depth--)
        {
            ILookup<string, int> byEnd = open.ToLookup(i => End(pictures[i], depth), StringComparer.Ordinal);
            foreach (IGrouping<string, KeyValuePair<string, int>> names in rest.Where(name => Parts(name.Key).Length >= depth).ToLookup(name => End(name.Key, depth), StringComparer.Ordinal))
            {
                int[] candidates = [.. byEnd[names.Key].Where(picture => found[picture] < 0)];
                KeyValuePair<string, int>[] possible = [.. names.Where(name => candidates.Any(picture => MayBe(name.Key, folder, pictures[picture])))];
                if (candidates.Length == 0 || possible.Length == 0)
                {
                    continue;
                }

                if (candidates.Length > 1 || possible.Length > 1)
                {
                    throw new InvalidDataException(
                        $"It cannot be told which picture a prediction is of: '{possible[0].Key}'{(possible.Length > 1 ? $" and '{possible[1].Key}'" : string.Empty)} may be '{pictures[candidates[0]]}'{(candidates.Length > 1 ? $" or '{pictures[candidates[1]]}'" : string.Empty)}. "
                        + "Run where the predictions were made, so that their paths lead to the pictures.");
                }

                found[candidates[0]] = possible[0].Value;
                rest.Remove(possible[0].Key);
            }

            open = [.. open.Where(i => found[i] < 0)];
        }

        return found;
    }

    // A name that leads to a file is of that file: of another one only where both are copies.
    private static bool MayBe(string name, string folder, string picture)
    {
        string? other = new[] { Path.GetFullPath(name), Path.GetFullPath(name, folder) }.FirstOrDefault(File.Exists);
        return other is null || !File.Exists(picture) || IsCopy(other, picture);
    }

    private static bool IsCopy(string first, string second)
    {
        using FileStream a = File.OpenRead(first), b = File.OpenRead(second);
        if (a.Length != b.Length)
        {
            return false;
        }

        byte[] x = new byte[1 << 15], y = new byte[1 << 15];
        for (int read; (read = a.ReadAtLeast(x, x.Length, throwOnEndOfStream: false)) > 0;)
        {
            if (b.ReadAtLeast(y, read, throwOnEndOfStream: false) < read || !x.AsSpan(0, read).SequenceEqual(y.AsSpan(0, read)))
            {
                return false;
            }
        }

        return true;
    }

    private static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static string End(string path, int depth) => string.Join('/', Parts(OperatingSystem.IsWindows() ? path.Replace('\\', '/') : path).TakeLast(depth));
}
