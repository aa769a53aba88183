namespace MLNetVision.Training;

/// <summary>What a training begins with.</summary>
public enum TrainingStartKind
{
    /// <summary>New weights.</summary>
    Scratch,

    /// <summary>The small model of the package MLNetVision.Starter.</summary>
    Starter,

    /// <summary>The published checkpoint that a trainer takes of itself.</summary>
    Published,

    /// <summary>A checkpoint or model file that the options name.</summary>
    Checkpoint,

    /// <summary>A transformer that the options give.</summary>
    Transformer,
}

/// <summary>What a training begins with, and why.</summary>
public sealed record TrainingStart
{
    /// <summary>What it is.</summary>
    public required TrainingStartKind Kind { get; init; }

    /// <summary>The folder, file or model id; for new weights "new weights".</summary>
    public required string Name { get; init; }

    /// <summary>Why it was chosen, as half a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>What would be better, where something would be; the training warns of it. Null for nothing.</summary>
    public string? Advice { get; init; }

    internal static TrainingStart FromScratch(string reason, string? advice) => new() { Kind = TrainingStartKind.Scratch, Name = "new weights", Reason = reason, Advice = advice };

    internal static TrainingStart OfPublished(string modelId, string reason) => new() { Kind = TrainingStartKind.Published, Name = modelId, Reason = reason };

    internal static TrainingStart Given(TrainingStartKind kind, string name, string option) => new() { Kind = kind, Name = name, Reason = $"given by {option}" };

    /// <summary>The name and the reason.</summary>
    public override string ToString() => $"{Name} ({Reason})";
}
