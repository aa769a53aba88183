using MLNetVision.Multiclass;
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
    /// <remarks>Rows without a label are left out; a warning counts them. Rows whose picture could not be read, which have no numbers as scores, count as wrong.</remarks>
    /// <param name="catalog">The catalog of multiclass classification.</param>
    /// <param name="data">Scored rows: labels as keys, and a vector of probabilities.</param>
    /// <param name="labelColumnName">The key column of true labels.</param>
    /// <param name="scoreColumnName">The vector of probabilities, one a class in the order of the keys.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type, or both know other classes.</exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    /// <exception cref="InvalidDataException">The scores of a row are no probabilities; the message names it.</exception>
    public static ClassificationMetrics EvaluateClasses(
        this MulticlassClassificationCatalog catalog, IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score")
    {
        ArgumentNullException.ThrowIfNull(data);
        return ClassificationRows.Find(data.Schema, labelColumnName, scoreColumnName).Evaluate(data, [], _ => (_, _, _) => { }, HostAccess.EnvironmentOf(catalog)).Compute();
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
        return ClassificationReportWriter.Write(data, path, options ?? new ClassificationReportOptions(), HostAccess.EnvironmentOf(catalog));
    }
}
