using MLNetVision.Imaging.Folders;

namespace MLNetVision.Imaging.Annotations.LabelMaps;

/// <summary>Pictures by what their names share with those of their label maps: the subfolders, and the name without what stands around it.</summary>
internal sealed class PictureStems
{
    private readonly ILookup<string, string> _byName;
    private readonly ILookup<string, string> _byStem;
    private readonly ILookup<string, string> _byBareStem;

    public PictureStems(string folder, IEnumerable<string> pictures, string prefix, string suffix)
    {
        string[] all = [.. pictures.Where(file => Matches(file, prefix, suffix) || MatchesBare(file, prefix, suffix))];
        _byName = all.ToLookup(file => Path.GetRelativePath(folder, file), StringComparer.Ordinal);
        _byStem = all.ToLookup(file => Stem(folder, file, prefix, suffix, Once), StringComparer.Ordinal);
        _byBareStem = all.ToLookup(file => Stem(folder, file, prefix, suffix, FileEndings.WithoutAll), StringComparer.Ordinal);
    }

    /// <summary>Whether a name has what stands around the shared part.</summary>
    public static bool Matches(string file, string prefix, string suffix) => Has(Once(Path.GetFileName(file)), prefix, suffix) || MatchesBare(file, prefix, suffix);

    /// <summary>The pictures of a label map; one as a rule.</summary>
    public string[] Find(string folder, string mask, string prefix, string suffix)
    {
        string stem = Stem(folder, mask, prefix, suffix, Once);
        return new[] { _byStem[stem], _byName[stem], _byBareStem[Stem(folder, mask, prefix, suffix, FileEndings.WithoutAll)] }
            .Select(found => found.ToArray()).FirstOrDefault(found => found.Length > 0, []);
    }

    private static bool MatchesBare(string file, string prefix, string suffix) => Has(FileEndings.WithoutAll(Path.GetFileName(file)), prefix, suffix);

    private static bool Has(string name, string prefix, string suffix) =>
        name.Length >= prefix.Length + suffix.Length && name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(suffix, StringComparison.Ordinal);

    private static string Once(string name) => Path.ChangeExtension(name, null);

    private static string Stem(string folder, string file, string prefix, string suffix, Func<string, string> withoutEnding)
    {
        string relative = Path.GetRelativePath(folder, file);
        string name = withoutEnding(Path.GetFileName(relative));
        return Path.Combine(Path.GetDirectoryName(relative)!, Has(name, prefix, suffix) ? name[prefix.Length..^suffix.Length] : name);
    }
}
