using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Evaluate;

/// <summary>What the command line asks of evaluate and report.</summary>
internal sealed record EvaluateArguments(ModelArguments Model, string Dataset)
{
    /// <summary>A file of predictions, which stands for a network; null for the network.</summary>
    public string? Predictions { get; init; }

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

    /// <summary>What does not go together; null if all does.</summary>
    public string? Contradiction() =>
        (Model.Model.Length > 0) == (Predictions is not null) ? "Name what is measured: a network with --model, or saved predictions with --predictions."
        : Predictions is not null && (Model.Precision is not null || Model.LibTorch is not null)
            ? "--predictions were made already: --precision and --libtorch are for --model."
        : null;
}
