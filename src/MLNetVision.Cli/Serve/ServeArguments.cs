using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Serve;

/// <summary>What the command line of serve says.</summary>
internal sealed record ServeArguments(ModelArguments Model)
{
    public required int Port { get; init; }

    /// <summary>Where to listen; none for the port on this machine.</summary>
    public required IReadOnlyList<string> Urls { get; init; }

    public required int TopK { get; init; }

    public double? ScoreThreshold { get; init; }

    public string? Task { get; init; }

    public required int MaximumBytes { get; init; }

    public required int MaximumPixels { get; init; }

    public required int Concurrency { get; init; }

    public required int Queue { get; init; }

    /// <summary>Whether the model is loaded again when its files change.</summary>
    public required bool Watch { get; init; }
}
