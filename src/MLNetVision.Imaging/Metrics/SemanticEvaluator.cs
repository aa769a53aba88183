using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Metrics;

/// <summary>
/// The figures of semantic segmentation, streaming: one image is in memory at a time, and only counts are kept, which
/// can be merged exactly.
/// </summary>
/// <remarks>
/// Counts are summed over all images before any division. Pixels without a true class are ignored; pixels without a
/// predicted class are wrong. Boundary IoU (Cheng et al., CVPR 2021) compares the pixels of each class within 2 % of
/// the image's diagonal of the class's outline.
/// </remarks>
public sealed class SemanticEvaluator : ISegmentEvaluator
{
    private const string StateKind = "semantic";

    /// <summary>[truth, prediction] with one more row for ignored and one more column for unassigned pixels.</summary>
    private readonly long[] _pairs;

    private readonly long[] _boundaryIntersections;
    private readonly long[] _boundaryUnions;

    /// <summary>Starts without images.</summary>
    /// <param name="classNames">A name for each class, 16,000 at most.</param>
    /// <param name="boundaryRatio">The width of the outlines that boundary IoU compares, as a part of the image's diagonal: 0.02 as in the paper.</param>
    /// <exception cref="ArgumentException">There are more classes than pairs of them can be counted for.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is not in (0, 1].</exception>
    public SemanticEvaluator(IReadOnlyList<string> classNames, double boundaryRatio = 0.02)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        ConfusionCounts.CheckSize(classNames);
        if (!(boundaryRatio > 0 && boundaryRatio <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(boundaryRatio), boundaryRatio, "A part of the diagonal above 0 and up to 1 was expected.");
        }

        ClassNames = [.. classNames];
        BoundaryRatio = boundaryRatio;
        _pairs = new long[(classNames.Count + 1) * (classNames.Count + 1)];
        _boundaryIntersections = new long[classNames.Count];
        _boundaryUnions = new long[classNames.Count];
    }

    /// <summary>A name for each class.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The width of the outlines that boundary IoU compares, as a part of the image's diagonal.</summary>
    public double BoundaryRatio { get; }

    /// <summary>The number of images added.</summary>
    public long ImageCount { get; private set; }

    /// <inheritdoc/>
    public long MissedCount { get; private set; }

    /// <inheritdoc/>
    /// <remarks>Segments of one class may overlap (their union counts), segments of different classes must not.</remarks>
    public void Add(long imageId, IReadOnlyList<Segment> truth, IReadOnlyList<Segment> prediction)
    {
        SegmentChecks.Check(imageId, truth, "true", ClassNames.Count, needMask: true);
        SegmentChecks.Check(imageId, prediction, "predicted", ClassNames.Count, needMask: true);
        if (SegmentChecks.SizeOf(imageId, truth, prediction) is { } size)
        {
            Count(LayOut(imageId, truth, "true", size), LayOut(imageId, prediction, "predicted", size));
        }

        ImageCount++;
    }

    /// <summary>Adds an image given as two row-major label maps.</summary>
    /// <param name="imageId">Names the image in errors.</param>
    /// <param name="truth">height · width labels: a class, or <paramref name="ignoreIndex"/>.</param>
    /// <param name="prediction">height · width labels; anything that is no class counts as unassigned, hence wrong.</param>
    /// <param name="height">The image's height.</param>
    /// <param name="width">The image's width.</param>
    /// <param name="ignoreIndex">The true label of pixels that do not count; null: every pixel counts.</param>
    /// <exception cref="ArgumentException">A map has another size, or a true label is neither a class nor the ignored one.</exception>
    public void AddMaps(long imageId, ReadOnlySpan<int> truth, ReadOnlySpan<int> prediction, int height, int width, int? ignoreIndex)
    {
        int classes = ClassNames.Count;
        LabelRuns truths = LabelRuns.FromRowMajor(truth, height, width).Relabel(label =>
            label == ignoreIndex ? classes
            : label >= 0 && label < classes ? label
            : throw new ArgumentException($"Image {imageId}: the true label map has {label}, which is neither a class (0 to {classes - 1}) nor the ignored label ({(ignoreIndex is null ? "none" : ignoreIndex)}).", nameof(truth)));
        LabelRuns predictions = LabelRuns.FromRowMajor(prediction, height, width).Relabel(label => label >= 0 && label < classes ? label : classes);
        Count(truths, predictions);
        ImageCount++;
    }

    private void Count(LabelRuns truth, LabelRuns prediction)
    {
        truth.CountPairs(prediction, _pairs, ClassNames.Count + 1);
        CountBoundaries(truth, prediction);
    }

    private void CountBoundaries(LabelRuns truth, LabelRuns prediction)
    {
        int none = ClassNames.Count;
        SortedDictionary<int, RunLengthMask> truths = truth.ToMasks(ignored: null);
        SortedDictionary<int, RunLengthMask> predictions = prediction.ToMasks(ignored: none);
        RunLengthMask empty = RunLengthMask.Empty(truth.Height, truth.Width);
        RunLengthMask ignored = truths.GetValueOrDefault(none, empty);
        truths.Remove(none);
        double diagonal = Math.Sqrt((double)truth.Height * truth.Height + (double)truth.Width * truth.Width);
        int distance = Math.Max(1, (int)Math.Round(BoundaryRatio * diagonal, MidpointRounding.ToEven));
        foreach (int c in truths.Keys.Union(predictions.Keys))
        {
            RunLengthMask trueOutline = truths.GetValueOrDefault(c, empty).Boundary(distance).Except(ignored);
            RunLengthMask predictedOutline = predictions.GetValueOrDefault(c, empty).Boundary(distance).Except(ignored);
            long intersection = trueOutline.IntersectionArea(predictedOutline);
            _boundaryIntersections[c] += intersection;
            _boundaryUnions[c] += trueOutline.Area + predictedOutline.Area - intersection;
        }
    }

    /// <inheritdoc/>
    public void AddMissed(long imageId, IReadOnlyList<Segment> truth)
    {
        Add(imageId, truth, []);
        MissedCount++;
    }

    /// <summary>Takes over what another evaluator saw.</summary>
    /// <exception cref="ArgumentException">It has other classes or another boundary width.</exception>
    public void Merge(SemanticEvaluator other)
    {
        ArgumentNullException.ThrowIfNull(other);
        EvaluatorState.CheckSameClasses(ClassNames, other.ClassNames);
        if (other.BoundaryRatio != BoundaryRatio)
        {
            throw new ArgumentException($"Evaluations with boundary ratios {BoundaryRatio} and {other.BoundaryRatio} cannot be merged.", nameof(other));
        }

        ImageCount += other.ImageCount;
        MissedCount += other.MissedCount;
        foreach ((long[] mine, long[] theirs) in Counts().Zip(other.Counts()))
        {
            for (int i = 0; i < mine.Length; i++)
            {
                mine[i] += theirs[i];
            }
        }
    }

    /// <summary>The figures for the images seen so far; more may be added afterwards.</summary>
    public SemanticMetrics Compute()
    {
        int classes = ClassNames.Count;
        long[][] counts = [.. Enumerable.Range(0, classes).Select(truth => _pairs.AsSpan(truth * (classes + 1), classes).ToArray())];
        long[] unassigned = [.. Enumerable.Range(0, classes).Select(truth => _pairs[truth * (classes + 1) + classes])];
        var confusion = new ConfusionCounts(ClassNames, counts, unassigned);
        SemanticClassMetrics[] perClass = [.. Enumerable.Range(0, classes).Select(c => new SemanticClassMetrics(
            ClassNames[c], confusion.TruthCount(c), confusion.PredictionCount(c), counts[c][c], Undefined.Ratio(_boundaryIntersections[c], _boundaryUnions[c])))];
        return new SemanticMetrics(ImageCount, MissedCount, perClass, confusion);
    }

    /// <summary>Writes the partial state, to be read by <see cref="Load"/> and merged elsewhere.</summary>
    public void Save(Stream stream)
    {
        using BinaryWriter writer = EvaluatorState.Write(stream, StateKind, ClassNames, MissedCount);
        writer.Write(BoundaryRatio);
        writer.Write(ImageCount);
        foreach (long count in Counts().SelectMany(counts => counts))
        {
            writer.Write(count);
        }
    }

    /// <summary>Reads a partial state that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The stream holds something else, a newer version, or ends early.</exception>
    public static SemanticEvaluator Load(Stream stream) => EvaluatorState.Read(stream, StateKind, (reader, classNames, missed) =>
    {
        double ratio = reader.ReadDouble();
        if (!(ratio > 0 && ratio <= 1))
        {
            throw new InvalidDataException($"The saved evaluation is broken: its boundary ratio is {ratio}.");
        }

        var evaluator = new SemanticEvaluator(classNames, ratio) { ImageCount = reader.ReadInt64(), MissedCount = missed };
        foreach (long[] counts in evaluator.Counts())
        {
            for (int i = 0; i < counts.Length; i++)
            {
                counts[i] = reader.ReadInt64();
            }
        }

        return evaluator;
    });

    private long[][] Counts() => [_pairs, _boundaryIntersections, _boundaryUnions];

    private LabelRuns LayOut(long imageId, IReadOnlyList<Segment> segments, string role, (int Height, int Width) size)
    {
        try
        {
            return LabelRuns.FromMasks([.. segments.Select(segment => segment.Mask!)], [.. segments.Select(segment => segment.Class)], ClassNames.Count, size.Height, size.Width);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"Image {imageId}, {role} segments: {e.Message}", nameof(segments), e);
        }
    }
}
