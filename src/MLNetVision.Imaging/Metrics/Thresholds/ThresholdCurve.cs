namespace MLNetVision.Imaging.Metrics.Thresholds;

/// <summary>Precision, recall and F1 of one class, or of the mean over classes, at each score threshold 0, 0.001, …, 1.</summary>
public sealed class ThresholdCurve
{
    internal ThresholdCurve(string name, long truths, IReadOnlyList<double> precision, IReadOnlyList<double> recall, IReadOnlyList<double> f1)
    {
        (Name, TruthCount, Precision, Recall, F1) = (name, truths, precision, recall, f1);
        BestThreshold = MiddleOfBest(f1);
        BestF1 = double.IsNaN(BestThreshold) ? double.NaN : f1[(int)Math.Round(BestThreshold * ScoreCounts.Steps)];
    }

    /// <summary>The class's name.</summary>
    public string Name { get; }

    /// <summary>The true objects or pictures of the class.</summary>
    public long TruthCount { get; }

    /// <summary>The part of what reaches the threshold that is right; 1 where nothing does. NaN without truth.</summary>
    public IReadOnlyList<double> Precision { get; }

    /// <summary>The part of the truth that is found with what reaches the threshold. NaN without truth.</summary>
    public IReadOnlyList<double> Recall { get; }

    /// <summary>The harmonic mean of both; 0 where nothing is right. NaN without truth.</summary>
    public IReadOnlyList<double> F1 { get; }

    /// <summary>The threshold of the highest F1; of several in a row the middle one, which is the farthest from being wrong. NaN without truth.</summary>
    public double BestThreshold { get; }

    /// <summary>The F1 there.</summary>
    public double BestF1 { get; }

    /// <summary>A threshold's place in the lists.</summary>
    /// <param name="threshold">From 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not between 0 and 1.</exception>
    public static int IndexOf(double threshold) => threshold is >= 0 and <= 1
        ? (int)Math.Round(threshold * ScoreCounts.Steps)
        : throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "A threshold from 0 to 1 was expected.");

    private static double MiddleOfBest(IReadOnlyList<double> f1)
    {
        double best = f1.Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Max();
        if (double.IsNaN(best))
        {
            return double.NaN;
        }

        int first = 0;
        while (f1[first] != best)
        {
            first++;
        }

        int last = first;
        while (last < ScoreCounts.Steps && f1[last + 1] == best)
        {
            last++;
        }

        return (first + last) / 2 / (double)ScoreCounts.Steps;
    }
}
