using MLNetVision.Multiclass;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Metrics.Classification;
using MLNetVision.Internals;

namespace Microsoft.ML;

/// <summary>What this library adds to ML.NET's evaluation of classifiers; any classifier's scored rows will do.</summary>
public static class ClassificationCatalog
{
    /// <summary>
    /// Evaluates a classification: beside accuracy and log-loss the confusion matrix with names, precision, recall and F1 of each class, the
    /// calibration, and how they depend on a threshold, with one to recommend.
    /// </summary>
    /// <remarks>
    /// Rows without a label are left out; a warning counts them. Where MapValueToKey made the keys under the labels' own name, as in a trained chain, rows of
    /// classes that it does not know count as wrong, and a warning names and counts them. Rows whose picture could not be read, which have no numbers as scores, count as wrong.
    /// </remarks>
    /// <param name="catalog">The catalog of multiclass classification.</param>
    /// <param name="data">Scored rows: labels as keys, and a vector of probabilities.</param>
    /// <param name="labelColumnName">The key column of true labels.</param>
    /// <param name="scoreColumnName">The vector of probabilities, one a class in the order of the keys.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type, or both know other classes.</exception>
    /// <exception cref="InvalidOperationException">No row has a label, or none of the pictures could be read.</exception>
    /// <exception cref="InvalidDataException">The scores of a row are no probabilities; the message names it.</exception>
    public static ClassificationMetrics EvaluateClasses(
        this MulticlassClassificationCatalog catalog, IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score")
    {
        ArgumentNullException.ThrowIfNull(data);
        var rows = ClassificationRows.Find(data, labelColumnName, scoreColumnName);
        var evaluator = new ClassificationEvaluator(rows.ClassNames);
        rows.Read(data, [], _ => (truth, probabilities) => evaluator.Add(truth, probabilities), HostAccess.EnvironmentOf(catalog));
        return evaluator.Compute();
    }

    /// <summary>
    /// Evaluates in one pass and writes a report as one HTML file that needs no other: figures, classes, confusion matrices, thresholds,
    /// calibration, the curves of a training, and the worst pictures, those that are surely wrong first.
    /// </summary>
    /// <param name="catalog">The catalog of multiclass classification.</param>
    /// <param name="data">Scored rows: labels as keys, a vector of probabilities, and the pictures.</param>
    /// <param name="path">The file to write; one that exists is replaced, and its folder is made if need be.</param>
    /// <param name="options">The names of the columns, and more; the defaults if null.</param>
    /// <returns>The figures.</returns>
    /// <inheritdoc cref="EvaluateClasses" path="/exception | /remarks"/>
    public static ClassificationMetrics SaveReport(this MulticlassClassificationCatalog catalog, IDataView data, string path, ClassificationReportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ClassificationPass.Evaluate(data, options ?? new ClassificationReportOptions(), HostAccess.EnvironmentOf(catalog)).SaveReport(path);
    }

    /// <summary>
    /// Evaluates in one pass and writes a folder: metrics.json, per_class.csv, confusion_matrix.csv and .svg, confusion_matrix_normalized.svg,
    /// PR_curve.svg, F1_curve.svg, thresholds.csv with a threshold to recommend, worst.csv, val_batch0_labels.jpg and val_batch0_pred.jpg (a sample with
    /// its truth, and with what was said) and report.html.
    /// </summary>
    /// <param name="catalog">The catalog of multiclass classification.</param>
    /// <param name="data">Scored rows: labels as keys, a vector of probabilities, and the pictures.</param>
    /// <param name="folder">The folder, which is made if need be; files of these names are replaced.</param>
    /// <param name="options">The names of the columns, and more; the defaults if null.</param>
    /// <returns>The figures.</returns>
    /// <inheritdoc cref="EvaluateClasses" path="/exception | /remarks"/>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static ClassificationMetrics SaveEvaluation(this MulticlassClassificationCatalog catalog, IDataView data, string folder, ClassificationReportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return ClassificationPass.Evaluate(data, options ?? new ClassificationReportOptions(), HostAccess.EnvironmentOf(catalog)).Save(folder);
    }

    /// <summary>
    /// Counts the pictures of each class in sets of labelled rows, and writes labels.svg, labels.csv and, of the first set, a drawing of some pictures
    /// with their labels: NAME_batch0.jpg.
    /// </summary>
    /// <param name="catalog">The catalog of multiclass classification.</param>
    /// <param name="sets">The sets with what they are called, such as "train" and "val"; labels are keys with names, or text.</param>
    /// <param name="folder">The folder, which is made if need be; files of these names are replaced.</param>
    /// <param name="labelColumnName">The classes of the pictures.</param>
    /// <param name="imageColumnName">The pictures; without such a column none are drawn.</param>
    /// <returns>The counts.</returns>
    /// <exception cref="ArgumentException">There is no set.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static LabelCounts SaveDataSummary(
        this MulticlassClassificationCatalog catalog, IReadOnlyList<(string Name, IDataView Data)> sets, string folder, string labelColumnName = "Label", string imageColumnName = "Image") =>
        ClassificationSummary.Save(sets, folder, labelColumnName, imageColumnName, HostAccess.EnvironmentOf(catalog));
}
