using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Metrics.Classification;

/// <summary>The figures of one class. NaN where nothing defines a figure.</summary>
public sealed class ClassificationClassMetrics
{
    internal ClassificationClassMetrics(string name, long support, long predicted, long right, double bestThreshold)
    {
        (Name, Support, PredictedCount, TruePositives, BestThreshold) = (name, support, predicted, right, bestThreshold);
        Precision = Undefined.Ratio(right, predicted);
        Recall = Undefined.Ratio(right, support);
        F1 = Undefined.Ratio(2.0 * right, support + predicted);
    }

    /// <summary>The class's name.</summary>
    public string Name { get; }

    /// <summary>The pictures of the class.</summary>
    public long Support { get; }

    /// <summary>The pictures that were said to be of the class.</summary>
    public long PredictedCount { get; }

    /// <summary>Those of them that are.</summary>
    public long TruePositives { get; }

    /// <summary>The part of the pictures said to be of the class that are.</summary>
    public double Precision { get; }

    /// <summary>The part of the class's pictures that were said to be of it.</summary>
    public double Recall { get; }

    /// <summary>The harmonic mean of precision and recall.</summary>
    public double F1 { get; }

    /// <summary>The threshold on the class's probability with the highest F1, where each class is asked for by itself.</summary>
    public double BestThreshold { get; }
}
