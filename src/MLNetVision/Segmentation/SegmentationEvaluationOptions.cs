namespace MLNetVision.Segmentation;

/// <summary>Which columns hold truth and prediction, and what is known of the classes.</summary>
public sealed class SegmentationEvaluationOptions
{
    /// <summary>The classes of the true segments; by default "Label".</summary>
    public string LabelColumnName { get; init; } = SegmentationColumns.Label;

    /// <summary>The masks of the true segments; by default "Masks".</summary>
    public string MasksColumnName { get; init; } = SegmentationColumns.Masks;

    /// <summary>The boxes of the true segments, used by box metrics only; by default "BoundingBoxes".</summary>
    public string BoundingBoxesColumnName { get; init; } = SegmentationColumns.BoundingBoxes;

    /// <summary>Whether true segments are crowd regions; by default "IsCrowd". The column may be absent: none is.</summary>
    public string IsCrowdColumnName { get; init; } = SegmentationColumns.IsCrowd;

    /// <summary>The stated areas of true segments; by default "Area". The column may be absent: masks or boxes tell the area.</summary>
    public string AreaColumnName { get; init; } = SegmentationColumns.Area;

    /// <summary>Height and width of the masks; by default "ImageSize". Box metrics do not need it.</summary>
    public string ImageSizeColumnName { get; init; } = SegmentationColumns.ImageSize;

    /// <summary>The images' numbers; by default "ImageId". The column may be absent: rows are counted from 0.</summary>
    public string ImageIdColumnName { get; init; } = SegmentationColumns.ImageId;

    /// <summary>The classes of the predicted segments; by default "PredictedLabel".</summary>
    public string PredictedLabelColumnName { get; init; } = SegmentationColumns.PredictedLabel;

    /// <summary>The masks of the predicted segments; by default "PredictedMasks".</summary>
    public string PredictedMasksColumnName { get; init; } = SegmentationColumns.PredictedMasks;

    /// <summary>The boxes of the predicted segments, used by box metrics only; by default "PredictedBoundingBoxes".</summary>
    public string PredictedBoundingBoxesColumnName { get; init; } = SegmentationColumns.PredictedBoundingBoxes;

    /// <summary>The confidences of the predicted segments, used by instance and box metrics; by default "Score".</summary>
    public string ScoreColumnName { get; init; } = SegmentationColumns.Score;

    /// <summary>The names of the classes that are things; by default null: the label column's annotation "IsThing" tells, and without it only the figures over all classes are defined.</summary>
    public IReadOnlyCollection<string>? ThingClasses { get; init; }

    /// <summary>The width of the outlines that boundary IoU compares, as a part of the image's diagonal; in (0, 1], by default 0.02.</summary>
    public double BoundaryRatio { get; init; } = 0.02;
}
