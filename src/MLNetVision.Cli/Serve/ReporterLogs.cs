using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Serve;

/// <summary>Hands what the server says to the command's reporter.</summary>
internal sealed class ReporterLogs(Reporter reporter, bool isOfTheServer = true) : ILoggerProvider, ILogger
{
    // What the host says of an error in its start is thrown too, and told by the command.
    public ILogger CreateLogger(string categoryName) => categoryName == "Microsoft.Extensions.Hosting.Internal.Host" ? NullLogger.Instance
        : new ReporterLogs(reporter, !categoryName.StartsWith("MLNetVision.", StringComparison.Ordinal));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Information and < LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        string message = formatter(state, exception) + (exception is null ? string.Empty : $" {exception.GetType().Name}: {exception.Message}");
        Action<string> say = logLevel switch { >= LogLevel.Error => reporter.Error, LogLevel.Warning => reporter.Event, _ => isOfTheServer ? reporter.Detail : reporter.Information };
        say(message);
        if (exception is not null)
        {
            reporter.Detail(exception.ToString());
        }
    }

    public void Dispose()
    {
        // The reporter is the command's.
    }
}
