using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;

namespace MLNetVision.Segmentation.Evaluation;

/// <summary>A data view with truth and prediction, bound to its columns: what is missing or of a wrong type is found before a row is read.</summary>
internal sealed class EvaluationView
{
    internal const string SizeExpected = "a vector of 2 Int32 (height, width)";

    private readonly IDataView _data;
    private readonly SegmentSide _truth;
    private readonly SegmentSide _prediction;
    private readonly SegmentVector<int>? _size;
    private readonly DataViewSchema.Column? _id;

    public EvaluationView(IDataView data, SegmentationEvaluationOptions options, EvaluationNeeds needs)
    {
        ArgumentNullException.ThrowIfNull(data);
        _data = data;
        DataViewSchema schema = data.Schema;
        _truth = SegmentSide.OfTruth(schema, options, needs);
        Classes = EvaluationClasses.Of(
            _truth.Label.Column,
            schema.GetColumnOrNull(options.PredictedLabelColumnName) ?? throw SchemaMismatch.Missing("predicted label", options.PredictedLabelColumnName, "a vector of keys"),
            options.ThingClasses);
        _prediction = SegmentSide.OfPrediction(schema, options, needs, Classes);
        _size = needs.Masks ? SegmentVector<int>.Require(schema, options.ImageSizeColumnName, "image size", SizeExpected) : null;
        _id = schema.GetColumnOrNull(options.ImageIdColumnName);
        if (_id is { } id && id.Type.RawType != typeof(long))
        {
            throw SchemaMismatch.WrongType("image id", id.Name, "Int64", id.Type.ToString()!);
        }
    }

    public EvaluationClasses Classes { get; }

    /// <summary>Reads the rows one at a time; <paramref name="more"/> columns are active on the row that <paramref name="visit"/> gets.</summary>
    public void ForEach(IEnumerable<DataViewSchema.Column> more, Func<DataViewRow, Action<EvaluationRow>> visit, Action checkAlive)
    {
        IEnumerable<DataViewSchema.Column> needed = new[] { _size?.Column, _id }.OfType<DataViewSchema.Column>().Concat(_truth.Columns).Concat(_prediction.Columns).Concat(more);
        using DataViewRowCursor cursor = _data.GetRowCursor(needed.DistinctBy(column => column.Index));
        Func<int, int, string, IReadOnlyList<Segment>> truth = _truth.CreateReader(cursor);
        Func<int, int, string, IReadOnlyList<Segment>> prediction = _prediction.CreateReader(cursor);
        Func<int?, string, int[]>? size = _size?.CreateReader(cursor);
        ValueGetter<long>? idGetter = _id is { } column ? cursor.GetGetter<long>(column) : null;
        Action<EvaluationRow> consume = visit(cursor);
        while (cursor.MoveNext())
        {
            checkAlive();
            long id = cursor.Position;
            idGetter?.Invoke(ref id);
            string rowName = idGetter is null ? $"Row {id}" : $"Row {cursor.Position} (image {id})";
            (int height, int width) = size is null ? (0, 0) : ReadSize(size(null, rowName), _size!.Column.Name, rowName);
            consume(new EvaluationRow(id, truth(height, width, rowName), prediction(height, width, rowName)));
        }
    }

    /// <exception cref="InvalidDataException">The values are no height and width.</exception>
    internal static (int Height, int Width) ReadSize(int[] size, string columnName, string rowName) =>
        size.Length == 2 && size[0] >= 0 && size[1] >= 0 && (long)size[0] * size[1] <= int.MaxValue
            ? (size[0], size[1])
            : throw new InvalidDataException($"{rowName}: column '{columnName}' is [{string.Join(", ", size)}], where height and width were expected.");
}
