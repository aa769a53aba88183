using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Evaluate;

/// <summary>What the command line asks of evaluate and report.</summary>
internal sealed record EvaluateArguments(ModelArguments Model, string Dataset)
{
    /// <summary>The folder of the files; null for none.</summary>
    public string? Output { get; init; }

    /// <summary>The file of the report alone; null for none.</summary>
    public string? Report { get; init; }

    public string? Split { get; init; }

    public string? Images { get; init; }

    public IReadOnlyList<string> Classes { get; init; } = [];

    public int FirstValue { get; init; }

    public string? Task { get; init; }

    public IReadOnlyList<string> ThingClasses { get; init; } = [];

    public double? ScoreThreshold { get; init; }

    public int Batch { get; init; }

    public int? MaxErrors { get; init; }

    public int? Worst { get; init; }

    public string? Title { get; init; }
}
