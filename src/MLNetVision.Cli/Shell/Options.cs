using System.CommandLine;
using System.CommandLine.Completions;
using MLNetVision.Imaging.Options;

namespace MLNetVision.Cli.Shell;

/// <summary>Shorter ways to write options.</summary>
internal static class Options
{
    /// <summary>An option that takes one of some words.</summary>
    public static Option<T> Among<T>(this Option<T> option, params string[] words)
    {
        option.CompletionSources.Add(_ => words.Select(word => new CompletionItem(word)));
        option.Validators.Add(result =>
        {
            foreach (string word in result.Tokens.Select(token => token.Value).Where(word => !words.Contains(word)))
            {
                result.AddError($"{option.Name} is '{word}'; expected {string.Join(", ", words[..^1])} or {words[^1]}.{(NearestName.Of(word, words) is { } nearest ? $" Did you mean '{nearest}'?" : string.Empty)}");
            }
        });
        return option;
    }
}
