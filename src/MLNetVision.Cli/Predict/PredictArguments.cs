using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Predict;

/// <summary>What the command line asks of predict.</summary>
internal sealed record PredictArguments(ModelArguments Model, IReadOnlyList<string> Sources)
{
    public string Format { get; init; } = "jsonl";

    public string? Output { get; init; }

    public string? Overlays { get; init; }

    public string? Crops { get; init; }

    public int TopK { get; init; } = 1;

    public double? ScoreThreshold { get; init; }

    public string? Task { get; init; }

    public IReadOnlyList<string> ThingClasses { get; init; } = [];

    public int Batch { get; init; }

    public (int Width, int Height)? Tile { get; init; }

    public int? Overlap { get; init; }

    public bool SkipExisting { get; init; }

    public int? MaxErrors { get; init; }

    /// <summary>Whether anything is asked that only segments have.</summary>
    public bool AsksForSegments => Task is not null || ScoreThreshold is not null || ThingClasses.Count > 0 || Tile is not null || Overlays is not null || Crops is not null || Format is not ("jsonl" or "csv");

    /// <summary>What does not go together; null if all does.</summary>
    public string? Contradiction(bool wantsJson) =>
        Sources.Count == 0 ? "Name pictures: files, folders, patterns, @LIST, or - for standard input."
        : Output is null && Format is not ("jsonl" or "csv") ? $"--format {Format} writes files: name where with --output."
        : Output is null && wantsJson ? "--json prints one object on standard output, where the predictions would go: name a file for them with --output."
        : Output is null && SkipExisting ? "--skip-existing looks at what --output holds: name a file with --output."
        : SkipExisting && Format is not ("jsonl" or "masks") ? $"--skip-existing goes with the formats jsonl and masks, not with {Format}."
        : Overlap is not null && Tile is null ? "--overlap is of tiles: give their size with --tile WxH."
        : Tile is { } tile && Overlap >= Math.Min(tile.Width, tile.Height) ? $"--overlap is {Overlap}; expected less than each side of the tile."
        : null;
}
