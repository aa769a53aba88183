using MLNetVision.Imaging.Evaluations;
using MLNetVision.Models.Training.Records;

namespace MLNetVision.Multiclass;

/// <summary>What a report on a classification, or the folder of an evaluation, shows, and where its columns are.</summary>
public sealed class ClassificationReportOptions
{
    /// <summary>The key column of true labels; by default "Label".</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>The vector of probabilities, one a class; by default "Score".</summary>
    public string ScoreColumnName { get; init; } = "Score";

    /// <summary>The pictures; by default "Image". Without such a column the worst ones are named by their rows.</summary>
    public string ImageColumnName { get; init; } = "Image";

    /// <summary>The heading; by default "Classification report".</summary>
    public string Title { get; init; } = "Classification report";

    /// <summary>How many of the worst pictures are shown, from 0; by default 24. Those that are wrong come first, the surest of them before the others, then those that are right, the least sure first.</summary>
    public int WorstPictures { get; init; } = 24;

    /// <summary>The longest side of a shown picture in pixels, at least 16; by default 160.</summary>
    public int LongestSide { get; init; } = 160;

    /// <summary>How many pictures, drawn from all by a fixed seed, the two drawings of truth and prediction in the folder of an evaluation show, from 0; by default 16.</summary>
    public int SamplePictures { get; init; } = 16;

    /// <summary>A training whose curves are shown, such as a transformer's; by default null.</summary>
    public TrainingRecord? Training { get; init; }

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(ScoreColumnName);
        ArgumentException.ThrowIfNullOrEmpty(ImageColumnName);
        ArgumentNullException.ThrowIfNull(Title);
        ArgumentOutOfRangeException.ThrowIfNegative(WorstPictures);
        ArgumentOutOfRangeException.ThrowIfLessThan(LongestSide, 16);
        ArgumentOutOfRangeException.ThrowIfNegative(SamplePictures);
    }

    internal EvaluationOptions ToEvaluation() => new()
    {
        Title = Title,
        WorstPictures = WorstPictures,
        LongestSide = LongestSide,
        SamplePictures = SamplePictures,
        TrainingDrawing = Training is { History.Count: > 0 } training ? training.ToSvg() : null,
    };
}
