using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Tests.Conformance;

/// <summary>A data view that counts how often it is opened, and which columns were asked for.</summary>
internal sealed class CountingView(IDataView inner) : IDataView
{
    public int Cursors { get; private set; }

    public List<string> Columns { get; } = [];

    public DataViewSchema Schema => inner.Schema;

    public bool CanShuffle => inner.CanShuffle;

    public long? GetRowCount() => inner.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Cursors++;
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        Columns.AddRange(columns.Select(column => column.Name));
        return inner.GetRowCursor(columns, rand);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];
}

/// <summary>A row over another that counts how often each column is read, with a position that tests set.</summary>
internal sealed class CountingRow(DataViewRow inner) : DataViewRow
{
    public Dictionary<string, int> Reads { get; } = new(StringComparer.Ordinal);

    public bool IsDisposed { get; private set; }

    public override DataViewSchema Schema => inner.Schema;

    public override long Position => inner.Position;

    public override long Batch => inner.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => inner.IsColumnActive(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => inner.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        ValueGetter<TValue> getter = inner.GetGetter<TValue>(column);
        return (ref TValue value) =>
        {
            Reads[column.Name] = Reads.GetValueOrDefault(column.Name) + 1;
            getter(ref value);
        };
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed |= disposing;
        base.Dispose(disposing);
    }
}
