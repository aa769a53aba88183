namespace MLNetVision.Imaging.Metrics;

/// <summary>What is kept of one detection after its image is gone.</summary>
/// <param name="ImageId">Its image.</param>
/// <param name="Rank">Its place among the image's detections of its class, best first, from 0.</param>
/// <param name="Score">Its score.</param>
/// <param name="Matched">Bit <see cref="CocoProtocol.Bit"/>: it found a truth.</param>
/// <param name="Ignored">The same bits: it counts neither way.</param>
internal readonly record struct DetectionOutcome(long ImageId, int Rank, double Score, ulong Matched, ulong Ignored) : IComparable<DetectionOutcome>
{
    /// <summary>Best score first; equal scores in the order of the images, then as they ranked in the image. No two detections of a class compare equal.</summary>
    public int CompareTo(DetectionOutcome other)
    {
        int order = other.Score.CompareTo(Score);
        order = order != 0 ? order : ImageId.CompareTo(other.ImageId);
        return order != 0 ? order : Rank.CompareTo(other.Rank);
    }
}
