namespace MLNetVision.Cli.Shell;

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
