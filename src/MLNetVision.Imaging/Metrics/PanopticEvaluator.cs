using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Memory;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Metrics;

/// <summary>
/// Panoptic quality (Kirillov et al., "Panoptic Segmentation", CVPR 2019; panopticapi), streaming: the masks of one
/// image are in memory at a time, and a few numbers are kept for each class. Evaluators of different images can be
/// merged exactly.
/// </summary>
/// <remarks>
/// Pixels that no true segment covers are void. A deliberate difference from panopticapi: figures without any segment
/// are NaN instead of a division by zero. As there, of several crowd regions of a class in an image only the last one
/// excuses predictions (COCO's files have one at most).
/// </remarks>
public sealed class PanopticEvaluator : ISegmentEvaluator
{
    private const string StateKind = "panoptic";

    /// <summary>A match's overlap is above ½, where every double is a whole multiple of 2⁻⁵³: as whole numbers overlaps add up exactly in any order.</summary>
    private const double OverlapUnit = 1.0 / (1L << 53);

    private readonly Tally[] _tallies;

    /// <summary>Starts without images.</summary>
    /// <param name="classNames">A name for each class.</param>
    /// <param name="isThing">For each class whether it has countable objects (things) or not (stuff); null: not known, so that only the figures over all classes are defined.</param>
    /// <exception cref="ArgumentException">The two lists differ in length.</exception>
    public PanopticEvaluator(IReadOnlyList<string> classNames, IReadOnlyList<bool>? isThing = null)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        if (isThing is not null && isThing.Count != classNames.Count)
        {
            throw new ArgumentException($"There are {classNames.Count} class names, but isThing has {isThing.Count} entries.", nameof(isThing));
        }

        ClassNames = [.. classNames];
        IsThing = isThing is null ? null : [.. isThing];
        _tallies = new Tally[classNames.Count];
    }

    /// <summary>A name for each class.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>For each class whether it has countable objects; null: not known.</summary>
    public IReadOnlyList<bool>? IsThing { get; }

    /// <summary>The number of images added.</summary>
    public long ImageCount { get; private set; }

    /// <inheritdoc/>
    public long MissedCount { get; private set; }

    /// <inheritdoc/>
    /// <remarks>Segments of the truth must not overlap, nor those of the prediction; each predicted segment has at least one pixel.</remarks>
    public void Add(long imageId, IReadOnlyList<Segment> truth, IReadOnlyList<Segment> prediction)
    {
        SegmentChecks.Check(imageId, truth, "true", ClassNames.Count, needMask: true);
        SegmentChecks.Check(imageId, prediction, "predicted", ClassNames.Count, needMask: true);
        for (int i = 0; i < prediction.Count; i++)
        {
            if (prediction[i].Mask!.IsEmpty)
            {
                throw new ArgumentException($"Image {imageId}: predicted segment {i} has no pixel.", nameof(prediction));
            }
        }

        ImageCount++;
        if (SegmentChecks.SizeOf(imageId, truth, prediction) is not { } size)
        {
            return;
        }

        int columns = prediction.Count + 1;
        using var shared = new ArrayLoan<long>((truth.Count + 1) * columns);
        Span<long> intersections = shared.Span;
        intersections.Clear();
        LayOut(imageId, truth, "true", size).CountPairs(LayOut(imageId, prediction, "predicted", size), intersections, columns);
        Match(truth, prediction, intersections);
    }

    private void Match(IReadOnlyList<Segment> truth, IReadOnlyList<Segment> prediction, ReadOnlySpan<long> intersections)
    {
        int columns = prediction.Count + 1;
        ReadOnlySpan<long> onVoid = intersections[(truth.Count * columns)..];
        bool[] found = new bool[prediction.Count];
        for (int t = 0; t < truth.Count; t++)
        {
            if (truth[t].IsCrowd)
            {
                continue;
            }

            ref Tally tally = ref _tallies[truth[t].Class];
            bool matched = false;
            for (int p = 0; p < prediction.Count; p++)
            {
                long intersection = intersections[t * columns + p];
                if (intersection == 0 || prediction[p].Class != truth[t].Class)
                {
                    continue;
                }

                double union = prediction[p].Mask!.Area + (truth[t].Area ?? truth[t].Mask!.Area) - intersection - onVoid[p];
                double overlap = union > 0 ? intersection / union : 0;
                if (overlap > 0.5)
                {
                    tally.TruePositives++;
                    tally.Overlap += (UInt128)(overlap / OverlapUnit);
                    matched = found[p] = true;
                }
            }

            tally.FalseNegatives += matched ? 0 : 1;
        }

        for (int p = 0; p < prediction.Count; p++)
        {
            if (!found[p])
            {
                int crowd = CrowdOf(truth, prediction[p].Class);
                long excused = onVoid[p] + (crowd >= 0 ? intersections[crowd * columns + p] : 0);
                _tallies[prediction[p].Class].FalsePositives += (double)excused / prediction[p].Mask!.Area > 0.5 ? 0 : 1;
            }
        }
    }

    /// <inheritdoc/>
    public void AddMissed(long imageId, IReadOnlyList<Segment> truth)
    {
        Add(imageId, truth, []);
        MissedCount++;
    }

    /// <summary>Takes over what another evaluator saw.</summary>
    /// <exception cref="ArgumentException">It has other classes.</exception>
    public void Merge(PanopticEvaluator other)
    {
        ArgumentNullException.ThrowIfNull(other);
        EvaluatorState.CheckSameClasses(ClassNames, other.ClassNames);
        if (!(IsThing ?? []).SequenceEqual(other.IsThing ?? []))
        {
            throw new ArgumentException("Evaluations that disagree on things and stuff cannot be merged.", nameof(other));
        }

        ImageCount += other.ImageCount;
        MissedCount += other.MissedCount;
        for (int c = 0; c < _tallies.Length; c++)
        {
            _tallies[c].TruePositives += other._tallies[c].TruePositives;
            _tallies[c].FalsePositives += other._tallies[c].FalsePositives;
            _tallies[c].FalseNegatives += other._tallies[c].FalseNegatives;
            _tallies[c].Overlap += other._tallies[c].Overlap;
        }
    }

    /// <summary>The figures for the images seen so far; more may be added afterwards.</summary>
    public PanopticMetrics Compute() => new(
        ImageCount, MissedCount,
        [.. _tallies.Select((tally, c) => new PanopticClassMetrics(ClassNames[c], IsThing?[c], tally.TruePositives, tally.FalsePositives, tally.FalseNegatives, (double)tally.Overlap * OverlapUnit))]);

    /// <summary>Writes the partial state, to be read by <see cref="Load"/> and merged elsewhere.</summary>
    public void Save(Stream stream)
    {
        using BinaryWriter writer = EvaluatorState.Write(stream, StateKind, ClassNames, MissedCount);
        writer.Write(IsThing is not null);
        foreach (bool isThing in IsThing ?? [])
        {
            writer.Write(isThing);
        }

        writer.Write(ImageCount);
        foreach (Tally tally in _tallies)
        {
            writer.Write(tally.TruePositives);
            writer.Write(tally.FalsePositives);
            writer.Write(tally.FalseNegatives);
            writer.Write((ulong)(tally.Overlap >> 64));
            writer.Write((ulong)tally.Overlap);
        }
    }

    /// <summary>Reads a partial state that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The stream holds something else, a newer version, or ends early.</exception>
    public static PanopticEvaluator Load(Stream stream) => EvaluatorState.Read(stream, StateKind, (reader, classNames, missed) =>
    {
        bool[]? isThing = reader.ReadBoolean() ? [.. classNames.Select(_ => reader.ReadBoolean())] : null;
        var evaluator = new PanopticEvaluator(classNames, isThing) { ImageCount = reader.ReadInt64(), MissedCount = missed };
        foreach (ref Tally tally in evaluator._tallies.AsSpan())
        {
            tally = new Tally
            {
                TruePositives = reader.ReadInt64(),
                FalsePositives = reader.ReadInt64(),
                FalseNegatives = reader.ReadInt64(),
                Overlap = new UInt128(reader.ReadUInt64(), reader.ReadUInt64()),
            };
        }

        return evaluator;
    });

    /// <summary>The last crowd region of a class; −1 without any.</summary>
    private static int CrowdOf(IReadOnlyList<Segment> truth, int c)
    {
        int t = truth.Count - 1;
        while (t >= 0 && !(truth[t].IsCrowd && truth[t].Class == c))
        {
            t--;
        }

        return t;
    }

    /// <summary>Each pixel's segment; the number of segments stands for none.</summary>
    private static LabelRuns LayOut(long imageId, IReadOnlyList<Segment> segments, string role, (int Height, int Width) size)
    {
        try
        {
            int[] labels = [.. Enumerable.Range(0, segments.Count)];
            return LabelRuns.FromMasks([.. segments.Select(segment => segment.Mask!)], labels, segments.Count, size.Height, size.Width);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"Image {imageId}, {role} segments: {e.Message}", nameof(segments), e);
        }
    }

    private record struct Tally
    {
        public long TruePositives { get; set; }

        public long FalsePositives { get; set; }

        public long FalseNegatives { get; set; }

        /// <summary>The sum of the matches' overlaps in units of 2⁻⁵³.</summary>
        public UInt128 Overlap { get; set; }
    }
}
