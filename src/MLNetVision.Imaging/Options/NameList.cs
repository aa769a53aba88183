namespace MLNetVision.Imaging.Options;

/// <summary>Lists of names in messages, of which the first are enough.</summary>
internal static class NameList
{
    private const int MostQuoted = 10, MostPlain = 20;

    /// <summary>The first ten names in quotes.</summary>
    public static string Quoted(IReadOnlyCollection<string> names) => Join(names.Select(name => $"'{name}'"), names.Count, MostQuoted);

    /// <summary>The first twenty names.</summary>
    public static string Plain(IReadOnlyCollection<string> names) => Join(names, names.Count, MostPlain);

    private static string Join(IEnumerable<string> names, int count, int most) => string.Join(", ", names.Take(most)) + (count > most ? ", …" : string.Empty);
}
