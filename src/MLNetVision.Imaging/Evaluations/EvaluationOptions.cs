namespace MLNetVision.Imaging.Evaluations;

/// <summary>What the files of an evaluation show.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The heading of the report; null, the default, for "Classification report" or "Segmentation report".</summary>
    public string? Title { get; init; }

    /// <summary>How many of the worst pictures are shown and listed, from 0; null, the default, for 24 of a classification and 12 of a segmentation.</summary>
    public int? WorstPictures { get; init; }

    /// <summary>The longest side of a picture in the report in pixels, at least 16; null, the default, for 160 of a classification and 520 of a segmentation.</summary>
    public int? LongestSide { get; init; }

    /// <summary>How many pictures, drawn from all by a fixed seed, the two drawings of truth and prediction show, from 0; by default 16.</summary>
    public int SamplePictures { get; init; } = 16;

    /// <summary>The score below which predicted instances are neither drawn nor in the confusion matrix; by default 0.5. All count in the other figures.</summary>
    public double ScoreThreshold { get; init; } = 0.5;

    /// <summary>Of a classification, how many of the most probable classes its predictions name; by default null: all. See <see cref="Metrics.Classification.ClassificationEvaluator.NamedClasses"/>.</summary>
    public int? NamedClasses { get; init; }

    /// <summary>The curves of a training as the text of an SVG file, for the report; by default null.</summary>
    public string? TrainingDrawing { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(WorstPictures ?? 0, nameof(WorstPictures));
        ArgumentOutOfRangeException.ThrowIfLessThan(LongestSide ?? 16, 16, nameof(LongestSide));
        ArgumentOutOfRangeException.ThrowIfNegative(SamplePictures);
        ArgumentOutOfRangeException.ThrowIfLessThan(NamedClasses ?? 1, 1, nameof(NamedClasses));
    }
}
