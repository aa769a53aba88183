using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Metrics;

/// <summary>The figures of one class in semantic segmentation; NaN where 0 is divided by 0.</summary>
/// <param name="Name">The class's name.</param>
/// <param name="TruthPixels">The pixels that are of the class.</param>
/// <param name="PredictedPixels">The pixels that were predicted to be of it, ignored ones left out.</param>
/// <param name="CorrectPixels">The pixels that are both.</param>
/// <param name="BoundaryIoU">The intersection over union of the pixels close to the class's true and predicted outlines.</param>
public sealed record SemanticClassMetrics(string Name, long TruthPixels, long PredictedPixels, long CorrectPixels, double BoundaryIoU)
{
    /// <summary>Intersection over union of the true and the predicted pixels (Jaccard index).</summary>
    public double IoU => Undefined.Ratio(CorrectPixels, TruthPixels + PredictedPixels - CorrectPixels);

    /// <summary>The part of the class's pixels that were found (recall).</summary>
    public double Accuracy => Undefined.Ratio(CorrectPixels, TruthPixels);

    /// <summary>The part of the predicted pixels that are right.</summary>
    public double Precision => Undefined.Ratio(CorrectPixels, PredictedPixels);

    /// <summary>Twice the intersection over the sum of both areas (F1 score of the pixels).</summary>
    public double Dice => Undefined.Ratio(2.0 * CorrectPixels, TruthPixels + PredictedPixels);
}
