using MLNetVision.Imaging.Evaluations;
using MLNetVision.Models.Training.Records;

namespace MLNetVision.Segmentation;

/// <summary>What an evaluation report, or the folder of an evaluation, shows.</summary>
public sealed class SegmentationReportOptions
{
    /// <summary>The names of the columns with truth and prediction; the defaults if not set.</summary>
    public SegmentationEvaluationOptions Evaluation { get; init; } = new();

    /// <summary>The pictures; by default "Image". Without such a column segments are shown on grey.</summary>
    public string ImageColumnName { get; init; } = SegmentationColumns.Image;

    /// <summary>The heading; by default "Segmentation report".</summary>
    public string Title { get; init; } = "Segmentation report";

    /// <summary>How many of the worst images are shown, from 0; by default 12.</summary>
    public int WorstImages { get; init; } = 12;

    /// <summary>The longest side of a shown image in pixels, at least 16; by default 520.</summary>
    public int LongestSide { get; init; } = 520;

    /// <summary>How many pictures, drawn from all by a fixed seed, the two drawings of truth and prediction in the folder of an evaluation show, from 0; by default 16.</summary>
    public int SamplePictures { get; init; } = 16;

    /// <summary>Predictions of instances below this score are neither drawn nor in the confusion matrix; by default 0.5. All count in the other figures.</summary>
    public float ScoreThreshold { get; init; } = 0.5f;

    /// <summary>A training whose curves are shown, such as a transformer's; by default null.</summary>
    public TrainingRecord? Training { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Evaluation);
        ArgumentException.ThrowIfNullOrEmpty(ImageColumnName);
        ArgumentOutOfRangeException.ThrowIfNegative(WorstImages);
        ArgumentOutOfRangeException.ThrowIfLessThan(LongestSide, 16);
        ArgumentOutOfRangeException.ThrowIfNegative(SamplePictures);
    }

    internal EvaluationOptions ToEvaluation() => new()
    {
        Title = Title,
        WorstPictures = WorstImages,
        LongestSide = LongestSide,
        SamplePictures = SamplePictures,
        ScoreThreshold = ScoreThreshold,
        TrainingDrawing = Training is { History.Count: > 0 } training ? training.ToSvg() : null,
    };
}
