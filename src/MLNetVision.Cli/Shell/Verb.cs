using System.CommandLine;

namespace MLNetVision.Cli.Shell;

/// <summary>A verb of the command line.</summary>
/// <param name="Command">Its name and options.</param>
/// <param name="Examples">Whole command lines that work, for its help.</param>
/// <param name="Run">Does it; null for a verb that only has verbs below it.</param>
/// <param name="Below">The verbs below it.</param>
internal sealed record Verb(Command Command, string[] Examples, Func<ParseResult, CommandContext, Task<int>>? Run, params Verb[] Below);
