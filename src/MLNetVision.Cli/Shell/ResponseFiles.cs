namespace MLNetVision.Cli.Shell;

/// <summary>Options in files: @NAME.rsp stands for the lines of the file. Other words that begin with @ are left to the verbs, which read lists by them.</summary>
internal static class ResponseFiles
{
    public static bool TryReplace(string token, out IReadOnlyList<string>? replacement, out string? error)
    {
        (replacement, error) = (null, null);
        if (!token.EndsWith(".rsp", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        try
        {
            replacement = [.. File.ReadLines(token).SelectMany(Words)];
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = $"The response file '{token}' cannot be read: {e.Message}";
            return false;
        }
    }

    /// <summary>The words of a line; quotes enclose spaces, a line that begins with # is a comment.</summary>
    private static IEnumerable<string> Words(string line)
    {
        string rest = line.Trim();
        if (rest.StartsWith('#'))
        {
            yield break;
        }

        while (rest.Length > 0)
        {
            bool isQuoted = rest[0] is '"' or '\'';
            int end = isQuoted ? rest.IndexOf(rest[0], 1) : rest.IndexOfAny([' ', '\t']);
            if (end < 0)
            {
                end = rest.Length;
            }

            yield return isQuoted ? rest[1..end] : rest[..end];
            rest = end >= rest.Length ? string.Empty : rest[(isQuoted ? end + 1 : end)..].TrimStart();
        }
    }
}
