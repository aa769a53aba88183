using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Loading;

/// <summary>Some rows of a view, by their places in it, in its order.</summary>
/// <param name="source">The view, which always gives its rows in the same order.</param>
/// <param name="isKept">Whether a row is one of them, by its place.</param>
internal sealed class SelectedRowsView(IDataView source, bool[] isKept) : IDataView
{
    /// <summary>The view with all rows.</summary>
    public IDataView Source => source;

    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => isKept.Count(kept => kept);

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(source.GetRowCursor(columnsNeeded), isKept);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DataViewRowCursor rows, bool[] isKept) : DataViewRowCursor
    {
        private long _position = -1;

        public override DataViewSchema Schema => rows.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool MoveNext()
        {
            while (rows.MoveNext())
            {
                if (rows.Position < isKept.Length && isKept[rows.Position])
                {
                    _position++;
                    return true;
                }
            }

            _position = -1;
            return false;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => rows.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => rows.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                rows.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
