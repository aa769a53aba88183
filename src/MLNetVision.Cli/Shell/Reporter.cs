using System.Globalization;

namespace MLNetVision.Cli.Shell;

/// <summary>What a command says to people: on standard error, and with the time in the log file, which takes everything.</summary>
internal sealed class Reporter : IDisposable
{
    private readonly TextWriter _error;
    private readonly Verbosity _verbosity;
    private readonly StreamWriter? _log;
    private readonly object _sync = new();
    private readonly HashSet<string> _warnings = new(StringComparer.Ordinal);
    private Action<string>? _drawn;

    /// <exception cref="IOException">The log file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of rights.</exception>
    public Reporter(TextWriter error, Verbosity verbosity, string? logFile)
    {
        (_error, _verbosity) = (error, verbosity);
        if (logFile is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(logFile))!);
            RefuseOthers(logFile);
            _log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        }
    }

    // A picture or a model that a mistyped path names would be broken by what is appended.
    private static void RefuseOthers(string logFile)
    {
        if (!File.Exists(logFile))
        {
            return;
        }

        Span<byte> begin = stackalloc byte[512];
        using FileStream file = File.OpenRead(logFile);
        if (begin[..file.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false)].Contains((byte)0))
        {
            throw new IOException($"'{Path.GetFullPath(logFile)}' is no text file; nothing is appended to it.");
        }
    }

    /// <summary>Whether people watch: standard error is a terminal.</summary>
    public bool IsTerminal => ReferenceEquals(_error, Console.Error) && !Console.IsErrorRedirected && _verbosity != Verbosity.Quiet;

    /// <summary>While something is drawn on the terminal, what writes lines above it; null afterwards.</summary>
    public void DrawLines(Action<string>? write)
    {
        lock (_sync)
        {
            _drawn = write;
        }
    }

    /// <summary>For the log file alone.</summary>
    public void Log(string message) => Say(string.Empty, message, least: null);

    public void Error(string message) => Say("error: ", message, Verbosity.Quiet);

    /// <summary>A warning of what has happened, each time that it does.</summary>
    public void Event(string message) => Say("warning: ", message, Verbosity.Quiet);

    /// <summary>A warning, once: what several passes over the data find says nothing new.</summary>
    public void Warning(string message)
    {
        lock (_sync)
        {
            if (_warnings.Add(message))
            {
                Event(message);
            }
        }
    }

    public void Information(string message) => Say(string.Empty, message, Verbosity.Minimal);

    public void Detail(string message) => Say(string.Empty, message, Verbosity.Diagnostic);

    public void Dispose() => Try(() => _log?.Dispose());

    private void Say(string kind, string message, Verbosity? least)
    {
        lock (_sync)
        {
            if (_verbosity >= least)
            {
                Try(() => (_drawn ?? _error.WriteLine)(kind + message));
            }

            Try(() => _log?.WriteLine($"{DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)} {kind}{message}"));
        }
    }

    // What cannot be told, since a disk is full or nobody listens, must not end what is told of.
    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
        }
    }
}

/// <summary>How much a command says beside its answer.</summary>
internal enum Verbosity
{
    /// <summary>Errors and warnings.</summary>
    Quiet,

    /// <summary>What was done.</summary>
    Minimal,

    /// <summary>Everything, with the stack of an exception.</summary>
    Diagnostic,
}
