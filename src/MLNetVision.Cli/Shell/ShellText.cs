namespace MLNetVision.Cli.Shell;

/// <summary>Words as a shell of Unix reads them.</summary>
internal static class ShellText
{
    /// <summary>A word that a shell leaves as it is.</summary>
    public static string Quoted(string text) =>
        text.Length == 0 || text.Any(c => !char.IsLetterOrDigit(c) && !"/.:_-".Contains(c)) ? $"'{text.Replace("'", "'\\''")}'" : text;

    /// <summary>A path, from the current folder where it lies there.</summary>
    public static string Path(string path)
    {
        string full = System.IO.Path.GetFullPath(path), relative = System.IO.Path.GetRelativePath(".", full);
        return Quoted(relative.StartsWith("..", StringComparison.Ordinal) ? full : relative);
    }
}
