namespace MLNetVision.Segmentation.Saving;

/// <summary>Which columns become files of annotations, and how. The defaults save the truth; <see cref="Predictions"/> saves what a model found.</summary>
public sealed class AnnotationSaveOptions
{
    /// <summary>The predicted columns, with scores.</summary>
    public static AnnotationSaveOptions Predictions { get; } = new()
    {
        LabelColumnName = SegmentationColumns.PredictedLabel,
        MasksColumnName = SegmentationColumns.PredictedMasks,
        BoundingBoxesColumnName = SegmentationColumns.PredictedBoundingBoxes,
        ScoreColumnName = SegmentationColumns.Score,
    };

    /// <summary>The column of picture paths; by default "Image".</summary>
    public string ImageColumnName { get; init; } = SegmentationColumns.Image;

    /// <summary>The folder that file names count from; by default null: files have their bare names.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>The column of segment classes; by default "Label".</summary>
    public string LabelColumnName { get; init; } = SegmentationColumns.Label;

    /// <summary>The column of masks; by default "Masks". Files of boxes need none.</summary>
    public string MasksColumnName { get; init; } = SegmentationColumns.Masks;

    /// <summary>The column of boxes, which files of boxes have; by default "BoundingBoxes". Without it boxes are those of the masks.</summary>
    public string BoundingBoxesColumnName { get; init; } = SegmentationColumns.BoundingBoxes;

    /// <summary>The column of scores, which instances then have as "score"; by default null: the segments are the truth, and columns of crowds and areas count.</summary>
    public string? ScoreColumnName { get; init; }

    /// <summary>Whether YOLO's and Pascal VOC's forms, which have their pictures beside the labels, get a copy of each; by default true.</summary>
    public bool CopyPictures { get; init; } = true;
}
