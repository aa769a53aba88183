using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Loading;

namespace MLNetVision.Segmentation.Evaluation;

/// <summary>A data view with truth and prediction, bound to its columns: what is missing or of a wrong type is found before a row is read.</summary>
internal sealed class EvaluationView
{
    private const int Reasons = 3;

    internal const string SizeExpected = "a vector of 2 Int32 (height, width)";

    private readonly IDataView _data;
    private readonly SegmentSide _truth;
    private readonly SegmentSide _prediction;
    private readonly ImageSizes? _size;
    private readonly DataViewSchema.Column? _id;
    private readonly NameCounts _unknown = new();
    private long _rows;

    public EvaluationView(IDataView data, SegmentationEvaluationOptions options, EvaluationNeeds needs)
    {
        ArgumentNullException.ThrowIfNull(data);
        _data = data;
        DataViewSchema schema = data.Schema;
        _truth = SegmentSide.OfTruth(schema, options, needs);
        Classes = EvaluationClasses.Of(
            _truth.Label.Column,
            schema.GetColumnOrNull(options.PredictedLabelColumnName) ?? throw SchemaMismatch.Missing("predicted label", options.PredictedLabelColumnName, "a vector of keys", schema),
            options.ThingClasses);
        _prediction = SegmentSide.OfPrediction(schema, options, needs, Classes);
        _size = needs.Masks ? ImageSizes.Find(schema, options.ImageSizeColumnName) : null;
        _id = schema.GetColumnOrNull(options.ImageIdColumnName);
        if (_id is { } id && id.Type.RawType != typeof(long))
        {
            throw SchemaMismatch.WrongType("image id", id.Name, "Int64", id.Type.ToString()!);
        }
    }

    public EvaluationClasses Classes { get; }

    /// <summary>The rows without a usable prediction, which count as missed.</summary>
    public NamedRows Missed { get; } = new();

    /// <summary>Warns of rows without a usable prediction, and of classes that the predictions do not have.</summary>
    public void Report(IHostEnvironment environment)
    {
        Missed.Report(environment, NamedRows.CountAsMissed);
        if (_unknown.Total > 0)
        {
            using IChannel channel = environment.Register("Segmentation").Start("Classes");
            channel.Warning(MessageSensitivity.UserData, "{0} true segment(s) are of classes that the model does not know, and count as missed: {1}.", _unknown.Total, _unknown);
        }
    }

    /// <summary>Checks that there was something to evaluate.</summary>
    /// <exception cref="InvalidOperationException">There was no row, or not one of them had a usable prediction.</exception>
    public void CheckUsable()
    {
        if (_rows == 0)
        {
            throw new InvalidOperationException($"The data to evaluate have no row.{DataReports.Said(_data)}");
        }

        if (Missed.Count == _rows)
        {
            throw new InvalidOperationException($"Not one of the {_rows} row(s) to evaluate has a usable prediction: {Missed.First(Reasons)}.{DataReports.Said(_data)}");
        }
    }

    /// <summary>Reads the rows one at a time; <paramref name="more"/> columns are active on the row that <paramref name="visit"/> gets.</summary>
    public void ForEach(IEnumerable<DataViewSchema.Column> more, Func<DataViewRow, Action<EvaluationRow>> visit, Action checkAlive)
    {
        IEnumerable<DataViewSchema.Column> needed = (_id is { } idColumn ? [idColumn] : Array.Empty<DataViewSchema.Column>()).Concat(_size?.Columns ?? []).Concat(_truth.Columns).Concat(_prediction.Columns).Concat(more);
        using DataViewRowCursor cursor = _data.GetRowCursor(needed.DistinctBy(column => column.Index));
        Func<int, int, string, IReadOnlyList<Segment>> truth = _truth.CreateReader(cursor);
        Func<int, int, string, IReadOnlyList<Segment>> prediction = _prediction.CreateReader(cursor);
        Func<string, ((int Height, int Width) Visible, (int Height, int Width) Truth)>? size = _size?.CreateReader(cursor);
        ValueGetter<long>? idGetter = _id is { } column ? cursor.GetGetter<long>(column) : null;
        Action<EvaluationRow> consume = visit(cursor);
        while (cursor.MoveNext())
        {
            _rows++;
            checkAlive();
            long id = cursor.Position;
            idGetter?.Invoke(ref id);
            string rowName = idGetter is null ? $"Row {id}" : $"Row {cursor.Position} (image {id})";
            ((int Height, int Width) predicted, (int Height, int Width) labelled) = size is null ? default : size(rowName);
            IReadOnlyList<Segment> segments = truth(labelled.Height, labelled.Width, rowName);
            foreach (Segment segment in segments.Where(segment => !segment.IsCrowd && Classes.IsUnknown(segment.Class)))
            {
                _unknown.Add(Classes.Names[segment.Class]);
            }

            consume(WhyMissed(predicted, labelled, segments.Count, rowName) is { } reason
                ? new EvaluationRow(id, segments, []) { Missed = reason }
                : new EvaluationRow(id, segments, prediction(predicted.Height, predicted.Width, rowName)));
        }
    }

    // A picture that cannot be read has no size; of one of another size than the truth nobody knows which pixels are meant.
    private string? WhyMissed((int Height, int Width) predicted, (int Height, int Width) labelled, int segments, string rowName)
    {
        if (_size is null || (predicted == labelled && (predicted != default || segments == 0)))
        {
            return null;
        }

        string reason = predicted == default
            ? $"{rowName}: the picture could not be read"
            : $"{rowName}: the picture is {predicted.Width}×{predicted.Height}, but its truth is {labelled.Width}×{labelled.Height} (width×height)";
        Missed.Add(reason);
        return reason;
    }

    /// <exception cref="InvalidDataException">The values are no height and width.</exception>
    internal static (int Height, int Width) ReadSize(int[] size, string columnName, string rowName) =>
        size.Length == 2 && size[0] >= 0 && size[1] >= 0 && (long)size[0] * size[1] <= int.MaxValue
            ? (size[0], size[1])
            : throw new InvalidDataException($"{rowName}: column '{columnName}' is [{string.Join(", ", size)}], where height and width were expected.");
}
