using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;

namespace MLNetVision.Cli.Shell;

/// <summary>Reads a command line, runs its verb, and says how that ended.</summary>
internal sealed class CommandRunner
{
    private const string Name = "mlnetvision";

    private const string Description = "Classifies and segments pictures with LeViT and Mask2Former.";

    private static readonly (string Names, string Description)[] Texts =
    [
        ("--json", "Print one JSON object on standard output, and all else on standard error."),
        ("-v, --verbosity LEVEL", "How much is said beside the answer: q[uiet], m[inimal] or diag[nostic]. Default: m."),
        ("--log-file-path FILE", "A file that everything that is said is appended to."),
        ("-h, --help", "Show the help of the command or of a verb."),
        ("--version", "Show the version."),
    ];

    private readonly Option<bool> _json = new("--json") { Description = Texts[0].Description, Recursive = true };

    private readonly Option<string> _verbosity = new("--verbosity", "-v") { Description = Texts[1].Description, HelpName = "LEVEL", Recursive = true };

    private readonly Option<string?> _logFile = new("--log-file-path") { Description = Texts[2].Description, HelpName = "FILE", Recursive = true };

    private readonly TextWriter _output;
    private readonly TextWriter _error;

    private CommandRunner(TextWriter output, TextWriter error)
    {
        (_output, _error) = (output, error);
        _verbosity.Among("q", "quiet", "m", "minimal", "diag", "diagnostic");
    }

    /// <summary>Runs a command line to its end.</summary>
    public static Task<int> RunAsync(Verb[] verbs, string[] args, TextWriter output, TextWriter error)
    {
        if (RootHelp.IsAsked(args))
        {
            RootHelp.Write(output, Name, Description, verbs, Texts);
            return Task.FromResult(ExitCode.Success);
        }

        return new CommandRunner(output, error).RunAsync(verbs, args);
    }

    private async Task<int> RunAsync(Verb[] verbs, string[] args)
    {
        // No RootCommand, which would be called as the assembly is.
        var root = new Command(Name, Description);
        var known = new Dictionary<Command, Verb>();
        var actions = new Dictionary<Command, VerbAction>();
        foreach (Verb verb in verbs)
        {
            Add(root, verb, args, known, actions);
        }

        var help = new HelpOption();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, known);
        foreach (Option option in (Option[])[_json, _verbosity, _logFile, help, new VersionOption()])
        {
            root.Options.Add(option);
        }

        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = ResponseFiles.TryReplace });
        if (parsed.Action is not null and not ParseErrorAction)
        {
            // Help, or the version.
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = _output, Error = _error, EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
        }

        string[] suggestions = [.. Suggestions.Of(parsed)];
        if (suggestions.Length == 0 && Missing(parsed) is { } missing)
        {
            return Refuse(parsed, [missing]);
        }

        if (parsed.Errors.Count > 0 || suggestions.Length > 0 || !actions.TryGetValue(parsed.CommandResult.Command, out VerbAction? action))
        {
            // Of a word that is no verb nothing that follows can be told.
            IEnumerable<string> errors = suggestions.Length == 0 ? parsed.Errors.Select(error => error.Message) : suggestions[0].StartsWith(Suggestions.NoVerb, StringComparison.Ordinal) ? []
                : parsed.Errors.Select(error => error.Message).Where(message => !message.StartsWith("Unrecognized ", StringComparison.Ordinal));
            string[] problems = [.. suggestions, .. errors];
            return Refuse(parsed, problems);
        }

        return await RunAsync(parsed, action).ConfigureAwait(false);
    }

    // A verb of verbs alone, or one without what it is about. What else is wrong is told afterwards.
    private static string? Missing(ParseResult parsed)
    {
        CommandResult result = parsed.CommandResult;
        string[] below = [.. result.Command.Subcommands.Select(verb => verb.Name)];
        string[] absent = [.. result.Command.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues > 0 && result.GetResult(argument) is not { Tokens.Count: > 0 })
            .Select(argument => $"<{argument.Name}>: {argument.Description}")];
        return below.Length > 0 ? parsed.UnmatchedTokens is [var word, ..] ? $"{Suggestions.NoVerb}'{word}' of '{result.Command.Name}', which has {string.Join(", ", below)}." : $"'{result.Command.Name}' needs one of its verbs: {string.Join(", ", below)}."
            : absent.Length > 0 ? $"'{result.Command.Name}' needs {string.Join(" ", absent)}" : null;
    }

    // A verb that no word names has no options.
    private static void Add(Command parent, Verb verb, string[] args, Dictionary<Command, Verb> known, Dictionary<Command, VerbAction> actions)
    {
        var command = new Command(verb.Name, verb.Description);
        known.Add(command, verb);
        parent.Subcommands.Add(command);
        if (verb.Configure is not null && (args.Contains(verb.Name) || args.Any(word => word.StartsWith('@'))))
        {
            actions.Add(command, verb.Configure(command));
        }

        foreach (Verb below in verb.Below)
        {
            Add(command, below, args, known, actions);
        }
    }

    private int Refuse(ParseResult parsed, string[] problems)
    {
        foreach (string problem in problems)
        {
            _error.WriteLine($"error: {problem}");
        }

        string verb = string.Join(' ', Path(parsed.CommandResult.Command));
        _error.WriteLine($"'{verb} --help' says what can be given.");
        if (parsed.GetValue(_json))
        {
            JsonAnswer.WriteError(_output, ExitCode.Usage, string.Join(' ', problems));
        }

        return ExitCode.Usage;
    }

    private static IEnumerable<string> Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Path(parent).Append(command.Name) : [Name];

    private async Task<int> RunAsync(ParseResult parsed, VerbAction run)
    {
        Verbosity verbosity = parsed.GetValue(_verbosity)?[0] switch { 'q' => Verbosity.Quiet, 'd' => Verbosity.Diagnostic, _ => Verbosity.Minimal };
        using var stop = new CancellationTokenSource();
        Reporter reporter;
        try
        {
            reporter = new Reporter(_error, verbosity, parsed.GetValue(_logFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string message = $"The log file cannot be written: {e.Message}";
            _error.WriteLine($"error: {message}");
            if (parsed.GetValue(_json))
            {
                JsonAnswer.WriteError(_output, ExitCode.Usage, message);
            }

            return ExitCode.Usage;
        }

        using (reporter)
        using (PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop))
        using (PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop))
        {
            try
            {
                return await run(parsed, new CommandContext(_output, reporter, parsed.GetValue(_json), stop.Token)).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                int code = Failures.Code(e);
                string message = code == ExitCode.Cancelled ? "Cancelled." : Failures.IsExpected(e) ? Failures.Message(e) : $"{e.GetType().Name}: {e.Message}";
                reporter.Error(message);
                reporter.Detail(e.ToString());
                try
                {
                    if (parsed.GetValue(_json))
                    {
                        JsonAnswer.WriteError(_output, code, message);
                    }
                }
                catch (IOException)
                {
                    // The answer may be what found no room.
                }

                return code;
            }
        }

        // The first signal asks the verb to end well; at the second the system ends the process.
        void Stop(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            if (context.Cancel)
            {
                reporter.Information("Ends as soon as all is kept; the same once more ends it at once.");
            }

            stop.Cancel();
        }
    }
}
