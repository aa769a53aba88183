using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Folders;

namespace MLNetVision.Loading;

/// <summary>Goes over labelled files in a given order; a file's id does not depend on the order.</summary>
internal sealed class LabelledFileCursor(DataViewSchema schema, IReadOnlyList<LabelledFile> files, int[] order, HashSet<int> active) : DataViewRowCursor
{
    private int _at = -1;
    private bool _ended;

    public override DataViewSchema Schema => schema;

    public override long Position => _ended ? -1 : _at;

    public override long Batch => 0;

    public override bool MoveNext()
    {
        if (_ended || ++_at >= order.Length)
        {
            _ended = true;
            return false;
        }

        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) =>
        column.Index < schema.Count
            ? active.Contains(column.Index)
            : throw new ArgumentOutOfRangeException(nameof(column), $"The column '{column.Name}' does not belong to this schema.");

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)Index(), 0);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
        {
            throw new ArgumentException($"The column '{column.Name}' was not among those that the cursor was asked for.", nameof(column));
        }

        Func<LabelledFile, string?> field = column.Index switch
        {
            0 => file => file.Path,
            1 => file => file.Label,
            _ => file => file.Split,
        };
        ValueGetter<ReadOnlyMemory<char>> getter = (ref ReadOnlyMemory<char> value) => value = field(files[Index()]).AsMemory();
        return getter as ValueGetter<TValue> ?? throw new InvalidOperationException(
            $"The column '{column.Name}' of type {column.Type} has values of type {column.Type.RawType}, but a getter of {typeof(TValue)} was asked for.");
    }

    private int Index() =>
        _at >= 0 && !_ended ? order[_at] : throw new InvalidOperationException("The cursor stands before the first or after the last row: there is no value to read.");
}
