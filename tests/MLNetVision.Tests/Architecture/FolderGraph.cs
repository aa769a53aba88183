namespace MLNetVision.Tests.Architecture;

/// <summary>
/// <para>
/// Which folder uses which. Folders are compared side by side: each use of a type is one arrow in the deepest folder
/// that holds both files, between those of its parts that hold one each. The parts of a folder are its subfolders,
/// each with all that lies in it, and the files directly in it, which are one part together, written as "folder/*".
/// </para>
/// <para>
/// So a use of A/x/File by B/y/File is the arrow B -> A, whatever x and y are; a use of A/x/File by A/File is
/// A/* -> A/x; and files of one folder may use each other as they like. A circle is any way along arrows that comes
/// back to where it began, of two parts or of more. No circle in this sense at any depth leaves an order of all folders
/// in which each uses only earlier ones, so a folder can be read, tested and moved to another project with those.
/// </para>
/// </summary>
internal sealed class FolderGraph
{
    private readonly Dictionary<string, Dictionary<string, TypeUse>> _arrows = new(StringComparer.Ordinal);

    public FolderGraph(IEnumerable<TypeUse> uses, IEnumerable<string>? without = null)
    {
        HashSet<string> left = [.. without ?? []];
        foreach (TypeUse use in uses)
        {
            if (Parts(use) is var (from, to) && !left.Contains(Name(from, to)))
            {
                _arrows.TryAdd(from, new Dictionary<string, TypeUse>(StringComparer.Ordinal));
                _arrows[from].TryAdd(to, use);
            }
        }
    }

    /// <summary>The arrows that lie on circles, each with one use as its example.</summary>
    public IReadOnlyList<(string Arrow, TypeUse Example)> Circular() =>
        [.. from start in _arrows
            from end in start.Value
            where Reaches(end.Key, start.Key)
            orderby start.Key, end.Key
            select (Name(start.Key, end.Key), end.Value)];

    public static string Name(string from, string to) => $"{from} -> {to}";

    private static (string From, string To)? Parts(TypeUse use)
    {
        string[] from = use.File.Split('/');
        string[] to = use.TypeFile.Split('/');
        int common = 0;
        while (common < from.Length - 1 && common < to.Length - 1 && from[common] == to[common])
        {
            common++;
        }

        (string, string) parts = (Part(from, common), Part(to, common));
        return parts.Item1 == parts.Item2 ? null : parts;
    }

    private static string Part(string[] path, int depth) =>
        depth == path.Length - 1 ? string.Join('/', path[..depth].Append("*")) : string.Join('/', path[..(depth + 1)]);

    private bool Reaches(string start, string goal)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { start };
        var next = new Stack<string>(seen);
        while (next.TryPop(out string? part))
        {
            if (part == goal)
            {
                return true;
            }

            foreach (string other in _arrows.GetValueOrDefault(part)?.Keys.Where(seen.Add) ?? [])
            {
                next.Push(other);
            }
        }

        return false;
    }
}
