using Microsoft.ML;
using MLNetVision.Imaging.Metrics;

namespace MLNetVision.Segmentation.Catalogs;

/// <summary>Box metrics for those who need no masks. Reached as <c>mlContext.ObjectDetection</c>.</summary>
public sealed class ObjectDetectionCatalog
{
    private readonly SegmentationCatalog _segmentation;

    internal ObjectDetectionCatalog(MLContext context) => _segmentation = new SegmentationCatalog(context);

    /// <summary>Evaluates boxes: COCO's average precision and recall. Boxes are compared in Double, as their Single corners give them.</summary>
    /// <param name="data">Rows with Label, BoundingBoxes, PredictedLabel, PredictedBoundingBoxes and Score; with IsCrowd, Area and ImageId if there are any.</param>
    /// <param name="options">The names of the columns; the defaults if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type.</exception>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    /// <exception cref="InvalidDataException">A row is broken; the message names it.</exception>
    public InstanceMetrics Evaluate(IDataView data, SegmentationEvaluationOptions? options = null) => _segmentation.EvaluateBoxes(data, options);

    /// <summary>Counts for <see cref="Evaluate"/> over a part of the data, to be saved, merged with other parts' and then computed. Parts need an ImageId column.</summary>
    /// <inheritdoc cref="Evaluate" path="/param | /exception[not(contains(@cref, 'InvalidOperation'))]"/>
    public InstanceEvaluator Accumulate(IDataView data, SegmentationEvaluationOptions? options = null) => _segmentation.AccumulateBoxes(data, options);
}
