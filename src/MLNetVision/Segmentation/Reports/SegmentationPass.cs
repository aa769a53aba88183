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
    /// <param name="data">The rows.</param>
    /// <param name="task">What is evaluated.</param>
    /// <param name="options">The columns, and what is shown.</param>
    /// <param name="environment">What stops the reading, and where warnings go.</param>
    /// <param name="pool">An evaluation of the same classes that is shown the rows too; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type.</exception>
    /// <exception cref="InvalidOperationException">There was no row, or not one of them had a usable prediction.</exception>
    public static SegmentationEvaluation Evaluate(IDataView data, SegmentationTask task, SegmentationReportOptions options, IHostEnvironment environment, SegmentationEvaluation? pool = null)
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
                    foreach (SegmentationEvaluation shown in pool is null ? [evaluation] : (SegmentationEvaluation[])[pool, evaluation])
                    {
                        if (row.Missed is { } reason)
                        {
                            shown.AddMissed(row.ImageId, row.Truth, reason, readPicture);
                        }
                        else
                        {
                            shown.Add(row.ImageId, row.Truth, row.Prediction, readPicture);
                        }
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
