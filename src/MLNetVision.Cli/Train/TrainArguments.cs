namespace MLNetVision.Cli.Train;

/// <summary>What the command line asks of a training; null for what it does not say.</summary>
internal sealed record TrainArguments
{
    /// <summary>image-classification, segmentation or train.</summary>
    public required string Verb { get; init; }

    public string? TrainingConfig { get; init; }

    public string? Dataset { get; init; }

    public string? Images { get; init; }

    public string? ValidationDataset { get; init; }

    public string? TestDataset { get; init; }

    public double? SplitRatio { get; init; }

    public string? Name { get; init; }

    public string? Output { get; init; }

    public string? Task { get; init; }

    public string? Checkpoint { get; init; }

    public int? ImageSize { get; init; }

    public int? Epochs { get; init; }

    public int? Steps { get; init; }

    public int? Batch { get; init; }

    public double? LearningRate { get; init; }

    public int? Patience { get; init; }

    public string? ClassWeights { get; init; }

    public string? Precision { get; init; }

    public string? Freeze { get; init; }

    public string? Augmentation { get; init; }

    public int? Folds { get; init; }

    public double? ScoreThreshold { get; init; }

    public int? TrainTime { get; init; }

    public int? Seed { get; init; }

    public string? Device { get; init; }

    public string? LibTorch { get; init; }

    public bool Resume { get; init; }

    public bool NoCode { get; init; }

    public bool DryRun { get; init; }

    /// <summary>What does not go together; null if all does.</summary>
    public string? Contradiction() =>
        Epochs is not null && Steps is not null ? "--epoch and --steps say the same thing twice: give one."
        : Resume && DryRun ? "--resume goes on with a run, and --dry-run trains nothing: give one."
        : ValidationDataset is not null && SplitRatio is not null ? "--split-ratio holds data out for validation, and --validation-dataset names others: give one."
        : Folds is not null && (SplitRatio is not null || ValidationDataset is not null) ? $"--cv-fold validates by the data themselves in turn, and {(SplitRatio is not null ? "--split-ratio" : "--validation-dataset")} otherwise: give one."
        : Folds is not null && Patience is not null ? "--patience ends a training by its validation pictures, and with --cv-fold none choose a state: give one."
        : Name is not null && (Name.Trim(' ', '.').Length == 0 || Name.IndexOfAny(['/', '\\', ':']) >= 0) ? $"--name is '{Name}'; expected a name without a folder, which --output takes."
        : null;
}
