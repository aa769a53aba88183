using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Segmentation.Evaluation;

/// <summary>An image's segments, true and predicted.</summary>
internal sealed record EvaluationRow(long ImageId, IReadOnlyList<Segment> Truth, IReadOnlyList<Segment> Prediction)
{
    /// <summary>Whether there is no usable prediction, so that all of the truth is missed.</summary>
    public bool IsMissed { get; init; }

    /// <summary>Shows the image to an evaluator.</summary>
    public void AddTo(ISegmentEvaluator evaluator)
    {
        if (IsMissed)
        {
            evaluator.AddMissed(ImageId, Truth);
        }
        else
        {
            evaluator.Add(ImageId, Truth, Prediction);
        }
    }
}
