using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Images;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Segmentation.Evaluation;

namespace MLNetVision.Segmentation.Reports;

/// <summary>Shows scored rows to an evaluation, in one pass.</summary>
internal static class SegmentationPass
{
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type.</exception>
    /// <exception cref="InvalidOperationException">There was no row, or not one of them had a usable prediction.</exception>
    public static SegmentationEvaluation Evaluate(IDataView data, SegmentationTask task, SegmentationReportOptions options, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(data);
        options.Validate();
        bool hasScores = task == SegmentationTask.Instance || (task == SegmentationTask.Panoptic && HasScores(data.Schema, options.Evaluation.ScoreColumnName));
        var view = new EvaluationView(data, options.Evaluation, hasScores ? EvaluationNeeds.ScoredMasks : EvaluationNeeds.Segments);
        ImageColumn? images = data.Schema.GetColumnOrNull(options.ImageColumnName) is null ? null : ImageColumn.Find(data.Schema, options.ImageColumnName);
        var evaluation = new SegmentationEvaluation(task, view.Classes.Names, view.Classes.IsThing, hasScores, options.ToEvaluation(), options.Evaluation.BoundaryRatio);
        view.ForEach(
            images is null ? [] : [images.Column],
            cursor =>
            {
                Func<ImageSource?>? readPicture = images?.CreateReader(cursor);
                return row =>
                {
                    if (row.Missed is { } reason)
                    {
                        evaluation.AddMissed(row.ImageId, row.Truth, reason, readPicture);
                    }
                    else
                    {
                        evaluation.Add(row.ImageId, row.Truth, row.Prediction, readPicture);
                    }
                };
            },
            () => HostAccess.CheckAlive(environment));
        view.Report(environment);
        view.CheckUsable();
        return evaluation;
    }

    // Scores are of use to a panoptic evaluation where there are any, and are not asked for.
    private static bool HasScores(DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name) is { Type: VectorDataViewType { ItemType.RawType: { } item } } && item == typeof(float);
}
