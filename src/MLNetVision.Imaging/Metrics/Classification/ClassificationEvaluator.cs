using System.Numerics.Tensors;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Metrics.Thresholds;

namespace MLNetVision.Imaging.Metrics.Classification;

/// <summary>
/// Counts a classification picture by picture; what is kept does not grow with the pictures. Evaluators of different pictures can be merged.
/// </summary>
public sealed class ClassificationEvaluator
{
    private const int Tenths = 10;
    private const int Top = 5;
    private const double LeastProbability = 1e-15;

    private readonly long[][] _counts;
    private readonly long[] _unassigned;
    private readonly ScoreCounts[] _scores;
    private readonly (long Count, long Right, double Confidence)[] _tenths = new (long, long, double)[Tenths];
    private double _logLoss;
    private long _inTop;
    private long _scored;

    /// <summary>Starts without pictures.</summary>
    /// <param name="classNames">A name for each class, 16,000 at most.</param>
    /// <exception cref="ArgumentException">There are more classes than pairs of them can be counted for.</exception>
    public ClassificationEvaluator(IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        ConfusionCounts.CheckSize(classNames);
        ClassNames = [.. classNames];
        _counts = [.. classNames.Select(_ => new long[classNames.Count])];
        _unassigned = new long[classNames.Count];
        _scores = [.. classNames.Select(_ => new ScoreCounts())];
    }

    /// <summary>A name for each class.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>
    /// How many of the most probable classes the probabilities that are added know, at least 1; those of the others are given as 0. By default null: all.
    /// What depends on the others is not defined: the log-loss, and accuracies of more than so many classes.
    /// </summary>
    public int? NamedClasses { get; init; }

    private int TopCount => Math.Min(Top, NamedClasses ?? Top);

    /// <summary>The pictures so far.</summary>
    public long PictureCount => _scored + _unassigned.Sum();

    /// <summary>Adds a picture.</summary>
    /// <param name="trueClass">Its class, from 0.</param>
    /// <param name="probabilities">The probability of each class, from 0 to 1; those of a picture that could not be read are not numbers, and it counts as wrong.</param>
    /// <returns>The class of the highest probability; −1 without a prediction.</returns>
    /// <exception cref="ArgumentException">There is no such class, there are not as many probabilities as classes, or one is not between 0 and 1.</exception>
    public int Add(int trueClass, ReadOnlySpan<float> probabilities)
    {
        if (trueClass < 0 || trueClass >= ClassNames.Count)
        {
            throw new ArgumentException($"A class from 0 to {ClassNames.Count - 1} was expected; this one is {trueClass}.", nameof(trueClass));
        }

        if (probabilities.Length != ClassNames.Count)
        {
            throw new ArgumentException($"{ClassNames.Count} probabilities were expected, one a class; these are {probabilities.Length}.", nameof(probabilities));
        }

        int best = TensorPrimitives.IndexOfMax(probabilities);
        if (float.IsNaN(probabilities[best]))
        {
            _unassigned[trueClass]++;
            return -1;
        }

        if (TensorPrimitives.Min(probabilities) < 0 || probabilities[best] > 1 + 1e-4f)
        {
            throw new ArgumentException($"Probabilities from 0 to 1 were expected; these reach from {TensorPrimitives.Min(probabilities)} to {probabilities[best]}.", nameof(probabilities));
        }

        _scored++;
        _counts[trueClass][best]++;
        _logLoss -= Math.Log(Math.Max(LeastProbability, probabilities[trueClass]));
        ref (long Count, long Right, double Confidence) tenth = ref _tenths[Math.Min(Tenths - 1, (int)(probabilities[best] * Tenths))];
        tenth = (tenth.Count + 1, tenth.Right + (best == trueClass ? 1 : 0), tenth.Confidence + probabilities[best]);
        int before = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            before += probabilities[i] > probabilities[trueClass] ? 1 : 0;
            _scores[i].Add(probabilities[i], i == trueClass);
        }

        _inTop += before < TopCount ? 1 : 0;
        return best;
    }

    /// <summary>Takes over what another evaluator saw.</summary>
    /// <exception cref="ArgumentException">It has other classes, or knows more or fewer of them for a picture.</exception>
    public void Merge(ClassificationEvaluator other)
    {
        ArgumentNullException.ThrowIfNull(other);
        EvaluatorState.CheckSameClasses(ClassNames, other.ClassNames);
        if (other.NamedClasses != NamedClasses)
        {
            throw new ArgumentException($"Both were expected to know as many classes of a picture; these know {NamedClasses?.ToString() ?? "all"} and {other.NamedClasses?.ToString() ?? "all"}.", nameof(other));
        }

        _scored += other._scored;
        _inTop += other._inTop;
        _logLoss += other._logLoss;
        for (int t = 0; t < ClassNames.Count; t++)
        {
            TensorPrimitives.Add<long>(_counts[t], other._counts[t], _counts[t]);
            _unassigned[t] += other._unassigned[t];
            _scores[t].Merge(other._scores[t]);
        }

        for (int i = 0; i < Tenths; i++)
        {
            _tenths[i] = (_tenths[i].Count + other._tenths[i].Count, _tenths[i].Right + other._tenths[i].Right, _tenths[i].Confidence + other._tenths[i].Confidence);
        }
    }

    /// <summary>The figures for the pictures seen so far; more may be added afterwards.</summary>
    public ClassificationMetrics Compute()
    {
        var confusion = new ConfusionCounts(ClassNames, [.. _counts.Select(row => (IReadOnlyList<long>)[.. row])], [.. _unassigned]);
        var thresholds = new ThresholdCurves([.. _scores.Select((scores, i) => scores.ToCurve(ClassNames[i], confusion.TruthCount(i)))]);
        CalibrationBin[] calibration = [.. _tenths.Select((tenth, i) => new CalibrationBin(
            i / (double)Tenths, (i + 1) / (double)Tenths, tenth.Count, Undefined.Ratio(tenth.Confidence, tenth.Count), Undefined.Ratio(tenth.Right, tenth.Count)))];
        return new ClassificationMetrics(
            confusion, thresholds, calibration, NamedClasses < ClassNames.Count ? double.NaN : Undefined.Ratio(_logLoss, _scored), Undefined.Ratio(_inTop, PictureCount), Math.Min(TopCount, ClassNames.Count));
    }
}
