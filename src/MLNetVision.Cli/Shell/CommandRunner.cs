using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;

namespace MLNetVision.Cli.Shell;

/// <summary>Reads a command line, runs its verb, and says how that ended.</summary>
internal sealed class CommandRunner
{
    private const string Name = "mlnetvision";

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object on standard output, and all else on standard error.", Recursive = true };

    private readonly Option<string> _verbosity = new("--verbosity", "-v")
    {
        Description = "How much is said beside the answer: q[uiet], m[inimal] or diag[nostic].",
        HelpName = "LEVEL",
        DefaultValueFactory = _ => "m",
        Recursive = true,
    };

    private readonly Option<string?> _logFile = new("--log-file-path") { Description = "A file that everything that is said is appended to.", HelpName = "FILE", Recursive = true };
    private readonly TextWriter _output;
    private readonly TextWriter _error;

    private CommandRunner(TextWriter output, TextWriter error)
    {
        (_output, _error) = (output, error);
        _verbosity.AcceptOnlyFromAmong("q", "quiet", "m", "minimal", "diag", "diagnostic");
    }

    /// <summary>Runs a command line to its end.</summary>
    public static Task<int> RunAsync(Verb[] verbs, string[] args, TextWriter output, TextWriter error) => new CommandRunner(output, error).RunAsync(verbs, args);

    private async Task<int> RunAsync(Verb[] verbs, string[] args)
    {
        // No RootCommand, which would be called as the assembly is.
        var root = new Command(Name, "Classifies and segments pictures with LeViT and Mask2Former.");
        var runs = new Dictionary<Command, Verb>();
        foreach (Verb verb in verbs)
        {
            Add(root, verb, runs);
        }

        var help = new HelpOption();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, runs, verbs);
        foreach (Option option in (Option[])[_json, _verbosity, _logFile, help, new VersionOption()])
        {
            root.Options.Add(option);
        }

        ParseResult parsed = root.Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = ResponseFiles.TryReplace });
        if (parsed.Action is not null and not ParseErrorAction)
        {
            // Help, or the version.
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = _output, Error = _error, EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
        }

        if (parsed.Errors.Count > 0 || !runs.TryGetValue(parsed.CommandResult.Command, out Verb? asked) || asked.Run is null)
        {
            string[] problems = parsed.Errors.Count > 0 ? [.. parsed.Errors.Select(error => error.Message)] : [$"Name one of the verbs of '{parsed.CommandResult.Command.Name}'."];
            return Refuse(parsed, problems);
        }

        return await RunAsync(parsed, asked.Run).ConfigureAwait(false);
    }

    private static void Add(Command parent, Verb verb, Dictionary<Command, Verb> runs)
    {
        runs.Add(verb.Command, verb);
        parent.Subcommands.Add(verb.Command);
        foreach (Verb below in verb.Below)
        {
            Add(verb.Command, below, runs);
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

    private async Task<int> RunAsync(ParseResult parsed, Func<ParseResult, CommandContext, Task<int>> run)
    {
        Verbosity verbosity = parsed.GetValue(_verbosity)![0] switch { 'q' => Verbosity.Quiet, 'd' => Verbosity.Diagnostic, _ => Verbosity.Minimal };
        using var stop = new CancellationTokenSource();
        Reporter reporter;
        try
        {
            reporter = new Reporter(_error, verbosity, parsed.GetValue(_logFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _error.WriteLine($"error: The log file cannot be written: {e.Message}");
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
                string message = code == ExitCode.Cancelled ? "Cancelled." : Failures.IsExpected(e) ? e.Message : $"{e.GetType().Name}: {e.Message}";
                reporter.Error(message);
                reporter.Detail(e.ToString());
                if (parsed.GetValue(_json))
                {
                    JsonAnswer.WriteError(_output, code, message);
                }

                return code;
            }
        }

        // The first signal asks the verb to end well; at the second the system ends the process.
        void Stop(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }
}
