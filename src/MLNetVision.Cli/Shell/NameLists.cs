namespace MLNetVision.Cli.Shell;

/// <summary>Lists of names: separated by commas or words, or @FILE with one on each line.</summary>
internal static class NameLists
{
    /// <exception cref="CommandException">There is no such file.</exception>
    public static IReadOnlyList<string> Read(string[]? words) => [.. (words ?? []).SelectMany(Names)];

    private static IEnumerable<string> Names(string word)
    {
        const StringSplitOptions Clean = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        if (!word.StartsWith('@') || word.Length == 1)
        {
            return word.Split(',', Clean);
        }

        return File.Exists(word[1..])
            ? File.ReadAllText(word[1..]).Split('\n', Clean)
            : throw new CommandException(ExitCode.Usage, $"There is no list of names '{Path.GetFullPath(word[1..])}'.");
    }
}
