using System.CommandLine;
using System.CommandLine.Parsing;
using MLNetVision.Imaging.Options;

namespace MLNetVision.Cli.Shell;

/// <summary>Finds words of a command line that are no verb and no option, and what may have been meant.</summary>
internal static class Suggestions
{
    public const string NoVerb = "There is no verb ";

    /// <summary>A sentence for each such word, or for a verb alone. A verb that takes pictures or paths would take a mistyped option for one.</summary>
    public static IEnumerable<string> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string[] options = [.. Above(command).SelectMany(one => one.Options.Where(option => ReferenceEquals(one, command) || option.Recursive)).SelectMany(option => option.Aliases.Prepend(option.Name))];
        IEnumerable<string> taken = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(result => result.Tokens).Select(token => token.Value)
            .Where(word => word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2 && !Path.Exists(word));
        string? first = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        if (first is not null && !first.StartsWith('-') && NearestName.Of(first, command.Subcommands.Select(verb => verb.Name)) is { } verb)
        {
            yield return $"{NoVerb}'{first}'. Did you mean '{verb}'?";
            yield break;
        }

        foreach (string word in parsed.UnmatchedTokens.Where(word => word.StartsWith('-') && word.Length > 1).Concat(taken).Distinct())
        {
            string name = word.Split('=')[0];
            yield return $"There is no option '{name}'.{(NearestName.Of(name, options) is { } nearest ? $" Did you mean '{nearest}'?" : string.Empty)}";
        }
    }

    private static IEnumerable<Command> Above(Command command) => command.Parents.OfType<Command>().SelectMany(Above).Prepend(command);
}
