using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Metrics;

/// <summary>How many of each true class were given each class: pixels of a segmentation, pictures of a classification.</summary>
public sealed class ConfusionCounts
{
    /// <summary>Beyond it the table takes gigabytes, whatever is counted in it.</summary>
    private const int MostClasses = 16_000;

    internal ConfusionCounts(IReadOnlyList<string> classNames, IReadOnlyList<IReadOnlyList<long>> counts, IReadOnlyList<long> unassigned)
    {
        ClassNames = classNames;
        Counts = counts;
        Unassigned = unassigned;
    }

    /// <exception cref="ArgumentException">There are more classes than a table can be kept of.</exception>
    internal static void CheckSize(IReadOnlyList<string> classNames)
    {
        if (classNames.Count > MostClasses)
        {
            throw new ArgumentException($"There are {classNames.Count} classes, but true and predicted classes are counted for {MostClasses} at most: the table of all pairs would take {8L * classNames.Count * classNames.Count >> 30} GiB.", nameof(classNames));
        }
    }

    /// <summary>The classes, in the order of the rows and columns.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Counts[t][p]: those of class t that were predicted to be of class p.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Counts { get; }

    /// <summary>Those of each class that were given no class.</summary>
    public IReadOnlyList<long> Unassigned { get; }

    /// <summary>Those of a true class.</summary>
    public long TruthCount(int trueClass) => Counts[trueClass].Sum() + Unassigned[trueClass];

    /// <summary>Those that were predicted to be of a class.</summary>
    public long PredictionCount(int predictedClass) => Counts.Sum(row => row[predictedClass]);

    /// <summary>Comma-separated: true classes down, predicted classes across, the last column those without a class.</summary>
    /// <param name="normalized">Shares of the true class instead of counts; a class without truth has empty cells.</param>
    public string ToCsv(bool normalized = false) => CsvText.Write(
        ["truth", .. ClassNames, "(none)"],
        ClassNames.Select((name, t) => (IReadOnlyList<object?>)[name, .. Counts[t].Append(Unassigned[t]).Select(count => normalized ? Share(t, count) : (object)count)]));

    /// <summary>A table: true classes down, predicted classes across.</summary>
    public override string ToString() => MetricsText.Table(
        ["truth \\ predicted", .. ClassNames, "(none)"],
        [.. ClassNames.Select((name, t) => (string[])[name, .. Counts[t].Select(count => $"{count}"), $"{Unassigned[t]}"])]);

    /// <summary>The share of a true class that was given a class; NaN for a class without truth.</summary>
    private double Share(int trueClass, long count) => Undefined.Ratio(count, TruthCount(trueClass));
}
