using MLNetVision.Imaging.Metrics.Thresholds;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Metrics;

/// <summary>
/// COCO's average precision and recall (pycocotools), streaming: the masks of one image are in memory at a time, and
/// about 40 bytes are kept for each detection. Evaluators of different images can be merged, here or in another
/// process, with the same result to the last digit.
/// </summary>
/// <remarks>
/// Deliberate differences from pycocotools: figures without any truth are NaN instead of −1; an evaluation without
/// detections is allowed; a truth is matched whatever its id; the area of a detection is that of its mask when masks
/// are compared, even if it also has a box. At most 100 detections of a class count in an image.
/// </remarks>
public sealed class InstanceEvaluator : ISegmentEvaluator
{
    private const string StateKind = "instances";

    private readonly List<DetectionOutcome>[] _outcomes;
    private readonly long[] _truthCounts;
    private readonly HashSet<long> _images = [];
    private readonly InstanceMatcher _matcher;

    /// <summary>Starts without images.</summary>
    /// <param name="classNames">A name for each class.</param>
    /// <param name="kind">Whether masks or boxes are compared.</param>
    public InstanceEvaluator(IReadOnlyList<string> classNames, OverlapKind kind = OverlapKind.Masks)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        ClassNames = [.. classNames];
        Kind = kind;
        _outcomes = [.. classNames.Select(_ => new List<DetectionOutcome>())];
        _truthCounts = new long[classNames.Count * CocoProtocol.AreaRanges.Length];
        _matcher = new InstanceMatcher(kind);
    }

    /// <summary>A name for each class.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Whether masks or boxes are compared.</summary>
    public OverlapKind Kind { get; }

    /// <summary>The number of images added.</summary>
    public int ImageCount => _images.Count;

    /// <inheritdoc/>
    public long MissedCount { get; private set; }

    /// <inheritdoc/>
    public void Add(long imageId, IReadOnlyList<Segment> truth, IReadOnlyList<Segment> prediction)
    {
        SegmentChecks.Check(imageId, truth, "true", ClassNames.Count, needMask: Kind == OverlapKind.Masks);
        SegmentChecks.Check(imageId, prediction, "predicted", ClassNames.Count, needMask: Kind == OverlapKind.Masks);
        if (!_images.Add(imageId))
        {
            throw new ArgumentException($"Image {imageId} was added before; each image needs an id of its own.", nameof(imageId));
        }

        ILookup<int, Segment> truths = truth.ToLookup(segment => segment.Class);
        ILookup<int, Segment> detections = prediction.ToLookup(segment => segment.Class);
        foreach (int c in truths.Select(group => group.Key).Union(detections.Select(group => group.Key)))
        {
            Span<long> counts = _truthCounts.AsSpan(c * CocoProtocol.AreaRanges.Length, CocoProtocol.AreaRanges.Length);
            _matcher.Match(imageId, [.. truths[c]], [.. detections[c]], _outcomes[c], counts);
        }
    }

    /// <inheritdoc/>
    public void AddMissed(long imageId, IReadOnlyList<Segment> truth)
    {
        Add(imageId, truth, []);
        MissedCount++;
    }

    /// <summary>Takes over what another evaluator saw.</summary>
    /// <exception cref="ArgumentException">It has other classes, compares something else, or saw an image that this one saw too.</exception>
    public void Merge(InstanceEvaluator other)
    {
        ArgumentNullException.ThrowIfNull(other);
        EvaluatorState.CheckSameClasses(ClassNames, other.ClassNames);
        if (other.Kind != Kind)
        {
            throw new ArgumentException($"An evaluation of {other.Kind} cannot be merged into one of {Kind}.", nameof(other));
        }

        if (_images.Overlaps(other._images))
        {
            throw new ArgumentException($"Image {other._images.First(_images.Contains)} is part of both evaluations; each image may be counted once.", nameof(other));
        }

        _images.UnionWith(other._images);
        MissedCount += other.MissedCount;
        for (int c = 0; c < _outcomes.Length; c++)
        {
            _outcomes[c].AddRange(other._outcomes[c]);
        }

        for (int i = 0; i < _truthCounts.Length; i++)
        {
            _truthCounts[i] += other._truthCounts[i];
        }
    }

    /// <summary>The figures for the images seen so far; more may be added afterwards.</summary>
    public InstanceMetrics Compute()
    {
        var classes = new InstanceClassMetrics[ClassNames.Count];
        for (int c = 0; c < classes.Length; c++)
        {
            DetectionOutcome[] ranked = [.. _outcomes[c]];
            Array.Sort(ranked);
            classes[c] = InstanceClassMetrics.Compute(ClassNames[c], ranked, _truthCounts.AsSpan(c * CocoProtocol.AreaRanges.Length, CocoProtocol.AreaRanges.Length));
        }

        return new InstanceMetrics(Kind, ImageCount, MissedCount, classes);
    }

    /// <summary>Precision, recall and F1 over the score from which a detection counts, at one overlap, with a threshold to recommend; crowds and small objects as in <see cref="Compute"/>.</summary>
    /// <param name="iouThreshold">The overlap from which a detection is right: one of 0.50, 0.55, …, 0.95.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another overlap.</exception>
    public ThresholdCurves ComputeThresholds(double iouThreshold = 0.5)
    {
        int bit = CocoProtocol.Bit(0, CocoProtocol.IndexOf(iouThreshold));
        var curves = new ThresholdCurve[ClassNames.Count];
        for (int c = 0; c < curves.Length; c++)
        {
            var scores = new ScoreCounts();
            foreach (DetectionOutcome outcome in _outcomes[c].Where(outcome => ((outcome.Ignored >> bit) & 1) == 0))
            {
                scores.Add(outcome.Score, ((outcome.Matched >> bit) & 1) != 0);
            }

            curves[c] = scores.ToCurve(ClassNames[c], _truthCounts[c * CocoProtocol.AreaRanges.Length]);
        }

        return new ThresholdCurves(curves);
    }

    /// <summary>Writes the partial state, to be read by <see cref="Load"/> and merged elsewhere.</summary>
    public void Save(Stream stream)
    {
        using BinaryWriter writer = EvaluatorState.Write(stream, StateKind, ClassNames, MissedCount);
        writer.Write((int)Kind);
        writer.Write(_images.Count);
        foreach (long image in _images)
        {
            writer.Write(image);
        }

        foreach (long count in _truthCounts)
        {
            writer.Write(count);
        }

        foreach (List<DetectionOutcome> outcomes in _outcomes)
        {
            writer.Write(outcomes.Count);
            foreach (DetectionOutcome outcome in outcomes)
            {
                writer.Write(outcome.ImageId);
                writer.Write(outcome.Rank);
                writer.Write(outcome.Score);
                writer.Write(outcome.Matched);
                writer.Write(outcome.Ignored);
            }
        }
    }

    /// <summary>Reads a partial state that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The stream holds something else, a newer version, or ends early.</exception>
    public static InstanceEvaluator Load(Stream stream) => EvaluatorState.Read(stream, StateKind, (reader, classNames, missed) =>
    {
        var evaluator = new InstanceEvaluator(classNames, (OverlapKind)EvaluatorState.ReadCount(reader, most: 1)) { MissedCount = missed };
        for (int left = EvaluatorState.ReadCount(reader); left > 0; left--)
        {
            evaluator._images.Add(reader.ReadInt64());
        }

        for (int i = 0; i < evaluator._truthCounts.Length; i++)
        {
            evaluator._truthCounts[i] = reader.ReadInt64();
        }

        foreach (List<DetectionOutcome> outcomes in evaluator._outcomes)
        {
            for (int left = EvaluatorState.ReadCount(reader); left > 0; left--)
            {
                outcomes.Add(new DetectionOutcome(reader.ReadInt64(), reader.ReadInt32(), reader.ReadDouble(), reader.ReadUInt64(), reader.ReadUInt64()));
            }
        }

        return evaluator;
    });
}
