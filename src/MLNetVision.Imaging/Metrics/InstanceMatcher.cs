using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Metrics;

/// <summary>
/// Matches the detections of one class in one image with its truths, for all area ranges and overlap thresholds:
/// detections in descending order of score each take the free truth that they overlap most, truths that count first.
/// </summary>
internal sealed class InstanceMatcher(OverlapKind kind)
{
    private readonly List<(int Truth, double Overlap)> _candidates = [];
    private ulong[] _taken = [];
    private BoundingBox[] _truthBoxes = [];

    /// <summary>Adds the outcome of each detection, and the truths that count in each area range to <paramref name="truthCounts"/>.</summary>
    public void Match(long imageId, IReadOnlyList<Segment> truths, IReadOnlyList<Segment> detections, List<DetectionOutcome> outcomes, Span<long> truthCounts)
    {
        ulong[] ignored = [.. truths.Select(IgnoredIn)];
        for (int area = 0; area < CocoProtocol.AreaRanges.Length; area++)
        {
            foreach (ulong bits in ignored)
            {
                truthCounts[area] += ((bits >> area) & 1) == 0 ? 1 : 0;
            }
        }

        if (_taken.Length < truths.Count)
        {
            _taken = new ulong[truths.Count];
        }

        _taken.AsSpan(0, truths.Count).Clear();
        _truthBoxes = kind == OverlapKind.Boxes ? [.. truths.Select(BoxOf)] : [];
        Segment[] ranked = [.. detections.OrderByDescending(detection => detection.Score).Take(CocoProtocol.MaxDetections[^1])];
        for (int rank = 0; rank < ranked.Length; rank++)
        {
            FindCandidates(ranked[rank], truths);
            (ulong matched, ulong ignoredBits) = MatchOne(ranked[rank], truths, ignored);
            outcomes.Add(new DetectionOutcome(imageId, rank, ranked[rank].Score, matched, ignoredBits));
        }
    }

    private (ulong Matched, ulong Ignored) MatchOne(Segment detection, IReadOnlyList<Segment> truths, ulong[] ignored)
    {
        ulong matchedBits = 0;
        ulong ignoredBits = 0;
        double area = AreaOf(detection);
        for (int range = 0; range < CocoProtocol.AreaRanges.Length; range++)
        {
            (double least, double most) = CocoProtocol.AreaRanges[range];
            bool outside = area < least || area > most;
            for (int threshold = 0; threshold < CocoProtocol.IouThresholds.Length; threshold++)
            {
                int bit = CocoProtocol.Bit(range, threshold);
                int truth = Best(truths, ignored, range, threshold, wantIgnored: 0);
                truth = truth >= 0 ? truth : Best(truths, ignored, range, threshold, wantIgnored: 1);
                if (truth >= 0)
                {
                    _taken[truth] |= 1UL << bit;
                    matchedBits |= 1UL << bit;
                    ignoredBits |= ((ignored[truth] >> range) & 1) << bit;
                }
                else if (outside)
                {
                    ignoredBits |= 1UL << bit;
                }
            }
        }

        return (matchedBits, ignoredBits);
    }

    /// <summary>The free candidate with the largest overlap; of equal ones the last.</summary>
    private int Best(IReadOnlyList<Segment> truths, ulong[] ignored, int range, int threshold, ulong wantIgnored)
    {
        int best = -1;
        double least = CocoProtocol.IouThresholds[threshold];
        int bit = CocoProtocol.Bit(range, threshold);
        foreach ((int truth, double overlap) in _candidates)
        {
            bool free = ((_taken[truth] >> bit) & 1) == 0 || truths[truth].IsCrowd;
            if (overlap >= least && free && ((ignored[truth] >> range) & 1) == wantIgnored)
            {
                least = overlap;
                best = truth;
            }
        }

        return best;
    }

    private void FindCandidates(Segment detection, IReadOnlyList<Segment> truths)
    {
        _candidates.Clear();
        BoundingBox box = kind == OverlapKind.Boxes ? BoxOf(detection) : default;
        for (int truth = 0; truth < truths.Count; truth++)
        {
            double overlap = kind == OverlapKind.Masks
                ? Overlap.OfMasks(detection.Mask!, truths[truth].Mask!, truths[truth].IsCrowd)
                : Overlap.OfBoxes(box, _truthBoxes[truth], truths[truth].IsCrowd);
            if (overlap >= CocoProtocol.IouThresholds[0])
            {
                _candidates.Add((truth, overlap));
            }
        }
    }

    /// <summary>Bit a: the truth does not count in area range a.</summary>
    private ulong IgnoredIn(Segment truth)
    {
        double area = truth.Area ?? AreaOf(truth);
        ulong bits = 0;
        for (int range = 0; range < CocoProtocol.AreaRanges.Length; range++)
        {
            (double least, double most) = CocoProtocol.AreaRanges[range];
            bits |= (truth.IsCrowd || area < least || area > most ? 1UL : 0) << range;
        }

        return bits;
    }

    private double AreaOf(Segment segment) => kind == OverlapKind.Masks ? segment.Mask!.Area : BoxOf(segment).Area;

    private static BoundingBox BoxOf(Segment segment) => segment.Box ?? segment.Mask!.Box;
}
