using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Evaluations;

/// <summary>
/// Which class true segments were taken for: each as what the predicted segment is called, of whatever class, that overlaps it the most and by
/// a half at least; without one it was missed. Crowd regions are left out.
/// </summary>
internal sealed class SegmentConfusion
{
    private const double LeastOverlap = 0.5;

    private readonly IReadOnlyList<string> _classNames;
    private readonly long[][] _counts;
    private readonly long[] _missed;

    /// <exception cref="ArgumentException">There are more classes than pairs of them can be counted for.</exception>
    public SegmentConfusion(IReadOnlyList<string> classNames)
    {
        ConfusionCounts.CheckSize(classNames);
        (_classNames, _counts, _missed) = (classNames, [.. classNames.Select(_ => new long[classNames.Count])], new long[classNames.Count]);
    }

    public void Add(IReadOnlyList<Segment> truth, IEnumerable<Segment> prediction)
    {
        Segment[] predicted = [.. prediction];
        foreach (Segment segment in truth.Where(segment => !segment.IsCrowd))
        {
            (double Overlap, double Score, int Class) best = (0, 0, -1);
            foreach (Segment candidate in predicted)
            {
                double overlap = Overlap.OfMasks(candidate.Mask!, segment.Mask!);
                if (overlap >= LeastOverlap && (overlap, candidate.Score).CompareTo((best.Overlap, best.Score)) > 0)
                {
                    best = (overlap, candidate.Score, candidate.Class);
                }
            }

            if (best.Class < 0)
            {
                _missed[segment.Class]++;
            }
            else
            {
                _counts[segment.Class][best.Class]++;
            }
        }
    }

    public ConfusionCounts Compute() => new(_classNames, [.. _counts.Select(row => (IReadOnlyList<long>)[.. row])], [.. _missed]);
}
