namespace MLNetVision.Imaging.Metrics;

/// <summary>How many pixels of each true class were given each class.</summary>
public sealed class SegmentationConfusionMatrix
{
    internal SegmentationConfusionMatrix(IReadOnlyList<string> classNames, IReadOnlyList<IReadOnlyList<long>> counts, IReadOnlyList<long> unassigned)
    {
        ClassNames = classNames;
        Counts = counts;
        Unassigned = unassigned;
    }

    /// <summary>The classes, in the order of the rows and columns.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Counts[t][p]: pixels of class t that were predicted to be of class p.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Counts { get; }

    /// <summary>Pixels of each class that were given no class.</summary>
    public IReadOnlyList<long> Unassigned { get; }

    /// <summary>The pixels of a true class.</summary>
    public long TruthCount(int trueClass) => Counts[trueClass].Sum() + Unassigned[trueClass];

    /// <summary>The pixels that were predicted to be of a class.</summary>
    public long PredictionCount(int predictedClass) => Counts.Sum(row => row[predictedClass]);

    /// <summary>A table: true classes down, predicted classes across.</summary>
    public override string ToString() => MetricsText.Table(
        ["truth \\ predicted", .. ClassNames, "(none)"],
        [.. ClassNames.Select((name, t) => (string[])[name, .. Counts[t].Select(count => $"{count}"), $"{Unassigned[t]}"])]);
}
