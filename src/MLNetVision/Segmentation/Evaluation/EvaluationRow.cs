using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Segmentation.Evaluation;

/// <summary>An image's segments, true and predicted.</summary>
internal sealed record EvaluationRow(long ImageId, IReadOnlyList<Segment> Truth, IReadOnlyList<Segment> Prediction)
{
    /// <summary>Why there is no usable prediction, so that all of the truth is missed; null where there is one.</summary>
    public string? Missed { get; init; }

    /// <summary>Shows the image to an evaluator.</summary>
    public void AddTo(ISegmentEvaluator evaluator)
    {
        if (Missed is not null)
        {
            evaluator.AddMissed(ImageId, Truth);
        }
        else
        {
            evaluator.Add(ImageId, Truth, Prediction);
        }
    }
}
