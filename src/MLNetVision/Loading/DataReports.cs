using System.Runtime.CompilerServices;
using Microsoft.ML;
using MLNetVision.Imaging.Annotations;

namespace MLNetVision.Loading;

/// <summary>
/// Finds the report of the loader behind a view. Loaded labels have annotations, which ML.NET's transforms hand on as they are, so that they tell
/// where the data come from.
/// </summary>
internal static class DataReports
{
    private static readonly ConditionalWeakTable<DataViewSchema.Annotations, StrongBox<DataReport?>> Reports = [];

    /// <summary>Where the passes over a loader's rows leave their report.</summary>
    /// <param name="view">The loader's rows.</param>
    /// <param name="columnName">A column with annotations.</param>
    public static StrongBox<DataReport?> Attach(IDataView view, string columnName) => Reports.GetOrCreateValue(view.Schema[columnName].Annotations);

    /// <summary>The report of the last pass; null where there is none.</summary>
    public static DataReport? Find(IDataView data)
    {
        if (data is SelectedRowsView rows)
        {
            return Find(rows.Source);
        }

        if (data is LabelledFileView files)
        {
            return files.Report;
        }

        foreach (DataViewSchema.Column column in data.Schema)
        {
            if (Reports.TryGetValue(column.Annotations, out StrongBox<DataReport?>? report))
            {
                return report.Value;
            }
        }

        return null;
    }

    /// <summary>The report as a sentence to be put behind a message; nothing where there is none.</summary>
    public static string Said(IDataView data) => Find(data) is { } report ? $" {report}" : string.Empty;
}
