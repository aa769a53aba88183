using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Metrics;

/// <summary>Something that is shown one image after the other and keeps counts, not masks.</summary>
public interface ISegmentEvaluator
{
    /// <summary>Adds an image.</summary>
    /// <param name="imageId">A number that no other image has; ties between scores are resolved in its ascending order.</param>
    /// <param name="truth">The true segments.</param>
    /// <param name="prediction">The predicted segments.</param>
    /// <exception cref="ArgumentException">A segment is not fit for this evaluation; the message names the image and the segment.</exception>
    void Add(long imageId, IReadOnlyList<Segment> truth, IReadOnlyList<Segment> prediction);

    /// <summary>The number of images added that nobody could segment: by <see cref="AddMissed"/>.</summary>
    long MissedCount { get; }

    /// <summary>Adds an image whose picture could not be read, say: all of its truth counts as missed.</summary>
    /// <param name="imageId">A number that no other image has.</param>
    /// <param name="truth">The true segments.</param>
    /// <exception cref="ArgumentException">A segment is not fit for this evaluation; the message names the image and the segment.</exception>
    void AddMissed(long imageId, IReadOnlyList<Segment> truth);
}
