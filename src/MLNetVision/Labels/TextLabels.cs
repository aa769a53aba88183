using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace MLNetVision.Labels;

/// <summary>Labels of segments that are still text.</summary>
internal static class TextLabels
{
    /// <summary>Makes keys of a column of texts, in the order in which they occur; data with any other labels are given back as they are.</summary>
    /// <param name="host">Whose log and cancellation it is.</param>
    /// <param name="data">The data, of which that column is read once.</param>
    /// <param name="column">The column.</param>
    public static IDataView ToKeys(IHost host, IDataView data, string column) =>
        data.Schema.GetColumnOrNull(column)?.Type is VectorDataViewType { ItemType: TextDataViewType }
            ? new ValueToKeyMappingEstimator(host, column).Fit(data).Transform(data)
            : data;
}
