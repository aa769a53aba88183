using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Metrics.Classification;

namespace MLNetVision.Projects.Runs;

/// <summary>What a model, or several of a cross-validation, said of pictures whose truth is known.</summary>
internal abstract class ProjectEvaluation
{
    /// <summary>Writes the folder of an evaluation; returns the figures by their names, the project's metric first, and as text.</summary>
    public abstract (IReadOnlyDictionary<string, double> Figures, string Text) Save(string folder);
}

/// <summary>That of a classification.</summary>
internal sealed class ClassesEvaluation(ClassificationEvaluation evaluation, string metric) : ProjectEvaluation
{
    public ClassificationEvaluation Evaluation => evaluation;

    public override (IReadOnlyDictionary<string, double> Figures, string Text) Save(string folder)
    {
        ClassificationMetrics metrics = evaluation.Save(folder);
        return (new Dictionary<string, double> { [metric] = metrics.Accuracy, ["MacroAccuracy"] = metrics.MacroAccuracy, ["LogLoss"] = metrics.LogLoss }, metrics.ToString());
    }
}

/// <summary>That of a segmentation.</summary>
internal sealed class SegmentsEvaluation(SegmentationEvaluation evaluation, string metric) : ProjectEvaluation
{
    public SegmentationEvaluation Evaluation => evaluation;

    public override (IReadOnlyDictionary<string, double> Figures, string Text) Save(string folder)
    {
        SegmentationFigures figures = evaluation.Save(folder);
        var named = new Dictionary<string, double> { [metric] = figures.Figure };
        if (figures.Panoptic is { } panoptic)
        {
            (named["SQ"], named["RQ"]) = (panoptic.All.SegmentationQuality, panoptic.All.RecognitionQuality);
        }

        return (named, figures.ToString());
    }
}
