namespace MLNetVision.Models.Levit.Scoring;

/// <summary>A way of computing the inference form. Any number of threads may score at once.</summary>
internal interface ILevitScorer : IDisposable
{
    /// <summary>Scores images whose number of values has been checked.</summary>
    /// <param name="pixels">[images, channels, side, side].</param>
    /// <param name="images">The images, at least one.</param>
    /// <param name="logits">[images, labels], written; empty where the heads are not wanted.</param>
    /// <param name="features">[images, width], written; empty where they are not wanted.</param>
    void Score(ReadOnlySpan<float> pixels, int images, Span<float> logits, Span<float> features);
}
