namespace MLNetVision.Segmentation.Loading;

/// <summary>Which columns become a COCO file. The defaults save the truth; <see cref="Predictions"/> saves what a model found.</summary>
public sealed class CocoSaveOptions
{
    /// <summary>The predicted columns, with scores.</summary>
    public static CocoSaveOptions Predictions { get; } = new()
    {
        LabelColumnName = SegmentationColumns.PredictedLabel,
        MasksColumnName = SegmentationColumns.PredictedMasks,
        ScoreColumnName = SegmentationColumns.Score,
    };

    /// <summary>The column of picture paths; by default "Image".</summary>
    public string ImageColumnName { get; init; } = SegmentationColumns.Image;

    /// <summary>The folder that file names count from; by default null: files have their bare names.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>The column of segment classes; by default "Label".</summary>
    public string LabelColumnName { get; init; } = SegmentationColumns.Label;

    /// <summary>The column of masks; by default "Masks".</summary>
    public string MasksColumnName { get; init; } = SegmentationColumns.Masks;

    /// <summary>The column of scores, which instances then have as "score"; by default null: the segments are the truth, and columns of crowds and areas count.</summary>
    public string? ScoreColumnName { get; init; }
}
