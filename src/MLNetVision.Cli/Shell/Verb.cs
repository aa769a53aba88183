using System.CommandLine;

namespace MLNetVision.Cli.Shell;

/// <summary>A verb of the command line. Its options are made only when it is named: the help of all verbs does not need them.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does.</param>
/// <param name="Examples">Whole command lines that work, for its help.</param>
/// <param name="Configure">Adds its options and arguments, and returns what does it; null for a verb that only has verbs below it.</param>
/// <param name="Below">The verbs below it.</param>
internal sealed record Verb(string Name, string Description, string[] Examples, Func<Command, VerbAction>? Configure, params Verb[] Below);

/// <summary>Does what a command line asks.</summary>
internal delegate Task<int> VerbAction(ParseResult parsed, CommandContext context);
