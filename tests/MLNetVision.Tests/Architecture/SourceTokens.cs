using System.Text.RegularExpressions;

namespace MLNetVision.Tests.Architecture;

/// <summary>The words of C# source that are code: not those of comments and of text.</summary>
internal static partial class SourceTokens
{
    /// <summary>Whether the code holds this word. What an interpolated text computes counts as text.</summary>
    public static bool Contains(string source, string word) => Regex.IsMatch(NoCode().Replace(source, " "), $@"\b{word}\b");

    // The alternatives' order matters: a raw text begins as an empty one, and quotes inside of comments open nothing.
    [GeneratedRegex(""""
        //[^\n]* | /\*[\s\S]*?\*/ | ("{3,})[\s\S]*?\1 | (?:\$@|@\$|@)"(?:[^"]|"")*" | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.[^'\n]*)'
        """", RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex NoCode();
}
