using Microsoft.ML;

namespace MLNetVision.Scoring;

/// <summary>
/// A data view whose scored columns are computed a batch at a time while it is read. Opening it reads nothing; a cursor
/// over columns of the input alone never runs the model.
/// </summary>
internal sealed class ScoringDataView<TResult> : IDataView
    where TResult : class
{
    private readonly ImageScoring<TResult> _scoring;
    private readonly IDataView _input;

    public ScoringDataView(ImageScoring<TResult> scoring, IDataView input)
    {
        _scoring = scoring;
        _input = input;
        Schema = scoring.GetOutputSchema(input.Schema);
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => _input.CanShuffle;

    public long? GetRowCount() => _input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var bindings = new ScoringBindings<TResult>(_scoring, _input.Schema, Schema, columnsNeeded);
        DataViewRowCursor source = _input.GetRowCursor(bindings.Dependencies, rand);
        return bindings.Wanted.Count == 0
            ? new PassThroughCursor<TResult>(bindings, source)
            : new BatchScoringCursor<TResult>(_scoring, bindings, source);
    }

    /// <summary>One cursor, however many were asked for: the model's own threads keep the cores busy.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
