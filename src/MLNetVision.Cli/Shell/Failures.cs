using System.Runtime.CompilerServices;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Hub;

namespace MLNetVision.Cli.Shell;

/// <summary>Which exit code an exception stands for.</summary>
internal static class Failures
{
    /// <summary>What the library says where a file of the user's would be written over.</summary>
    private const int FileExists = unchecked((int)0x80070050);

    public static int Code(Exception e) => e switch
    {
        CommandException command => command.ExitCode,
        OperationCanceledException => ExitCode.Cancelled,
        AggregateException { InnerException: { } inner } => Code(inner),
        InvalidDataException or FormatException => ExitCode.Data,
        FileNotFoundException or DirectoryNotFoundException => ExitCode.Data,
        IOException { HResult: FileExists } => ExitCode.Usage,
        IOException => ExitCode.Temporary,
        UnauthorizedAccessException or DllNotFoundException => ExitCode.Failure,
        NotFiniteNumberException => ExitCode.Usage,
        ArgumentException and not ArgumentNullException => ExitCode.Usage,
        _ => OfLibrary(e),
    };

    /// <summary>Whether an exception says something to the user by its message alone; others are mistakes of the tool.</summary>
    public static bool IsExpected(Exception e) => e is ArgumentException or NotSupportedException or InvalidOperationException || Code(e) != ExitCode.Failure
        || e is CommandException or UnauthorizedAccessException or DllNotFoundException;

    /// <summary>What an exception says, without the words that are for programmers.</summary>
    public static string Message(Exception e) =>
        e is ArgumentException { ParamName: not null } && e.Message.IndexOf(" (Parameter '", StringComparison.Ordinal) is > 0 and var end ? e.Message[..end] : e.Message;

    // A method of its own, never inlined: the library is not loaded to tell an exception that is none of its own.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int OfLibrary(Exception e) => e switch
    {
        HubException { Error: HubError.Unreachable } => ExitCode.Temporary,
        HubException or CheckpointMismatchException => ExitCode.Model,
        _ => ExitCode.Failure,
    };
}
