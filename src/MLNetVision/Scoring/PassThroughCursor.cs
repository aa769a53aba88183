using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Scoring;

/// <summary>A cursor over columns of the input, under the output's schema.</summary>
internal sealed class PassThroughCursor<TResult>(ScoringBindings<TResult> bindings, DataViewRowCursor source) : DataViewRowCursor
    where TResult : class
{
    private bool _disposed;

    public override DataViewSchema Schema => bindings.Schema;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override bool MoveNext() => source.MoveNext();

    public override bool IsColumnActive(DataViewSchema.Column column) => bindings.IsActive(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        bindings.ScoredIndex(column);
        return source.GetGetter<TValue>(source.Schema[column.Index]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
