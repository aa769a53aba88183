using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Models.Training.Records;

/// <summary>The data that a training had: how many pictures, which, and which of them could not be read.</summary>
public sealed record TrainingData
{
    private const int FirstCount = 3;

    /// <summary>The pictures, those that could not be read included.</summary>
    public required int Pictures { get; init; }

    /// <summary>
    /// What tells these data from others: the number of pictures and a hash of their classes in their order. Equal data have equal texts;
    /// it says nothing of the pixels.
    /// </summary>
    public required string Fingerprint { get; init; }

    /// <summary>The rows that gave no picture: without a label or a picture, or broken.</summary>
    public long RowsLeftOut { get; init; }

    /// <summary>What the loader of the data used and left out, with its first reasons, in a sentence; null where no loader of this library told.</summary>
    public string? Loader { get; init; }

    /// <summary>The pictures that could not be read.</summary>
    public int Skipped { get; init; }

    /// <summary>The first three of them, with the reasons.</summary>
    public IReadOnlyList<SkippedImage> FirstSkipped { get; init; } = [];

    /// <summary>The same data, of which these pictures could not be read.</summary>
    public TrainingData WithSkipped(IReadOnlyList<SkippedImage> skipped)
    {
        ArgumentNullException.ThrowIfNull(skipped);
        return this with { Skipped = skipped.Count, FirstSkipped = [.. skipped.Take(FirstCount)] };
    }
}
