namespace MLNetVision.Cli.Shell;

/// <summary>What the process says with its exit code. Schedulers try 75 again and nothing else.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The tool failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The data are wrong: too many bad pictures, no labels.</summary>
    public const int Data = 3;

    /// <summary>There is no such model, or it does not fit.</summary>
    public const int Model = 4;

    /// <summary>A device that was asked for is not there.</summary>
    public const int Device = 5;

    /// <summary>Something that may pass: a full disk, a hub that cannot be reached.</summary>
    public const int Temporary = 75;

    /// <summary>Ctrl+C, or a request to end.</summary>
    public const int Cancelled = 130;
}
