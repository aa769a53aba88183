using System.CommandLine;

namespace MLNetVision.Cli.Shell;

/// <summary>Shorter ways to write options.</summary>
internal static class Options
{
    public static Option<T> Among<T>(this Option<T> option, params string[] words)
    {
        option.AcceptOnlyFromAmong(words);
        return option;
    }
}
