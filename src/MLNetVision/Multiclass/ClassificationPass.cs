using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Images;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.Multiclass;

/// <summary>Shows scored rows to an evaluation, in one pass.</summary>
internal static class ClassificationPass
{
    /// <param name="data">The rows.</param>
    /// <param name="options">The columns, and what is shown.</param>
    /// <param name="environment">What stops the reading, and where warnings go.</param>
    /// <param name="pool">An evaluation of the same classes that is shown the rows too; null for none.</param>
    /// <inheritdoc cref="ClassificationRows.Read" path="/exception"/>
    public static ClassificationEvaluation Evaluate(IDataView data, ClassificationReportOptions options, IHostEnvironment environment, ClassificationEvaluation? pool = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        options.Validate();
        var rows = ClassificationRows.Find(data, options.LabelColumnName, options.ScoreColumnName);
        ImageColumn? images = data.Schema.GetColumnOrNull(options.ImageColumnName) is null ? null : ImageColumn.Find(data.Schema, options.ImageColumnName);
        var evaluation = new ClassificationEvaluation(rows.ClassNames, options.ToEvaluation());
        rows.Read(
            data,
            images is null ? [] : [images.Column],
            cursor =>
            {
                Func<ImageSource?>? readPicture = images?.CreateReader(cursor);
                return (truth, probabilities) =>
                {
                    string name = FormattableString.Invariant($"row {cursor.Position}");
                    pool?.Add(truth, probabilities, name, readPicture);
                    return evaluation.Add(truth, probabilities, name, readPicture);
                };
            },
            environment);
        return evaluation;
    }
}
