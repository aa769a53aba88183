using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Internals;

namespace MLNetVision.Segmentation.Evaluation;

/// <summary>A vector column with a number of values for each segment of a row.</summary>
internal sealed class SegmentVector<T>(DataViewSchema.Column column, int valuesPerSegment)
{
    public DataViewSchema.Column Column => column;

    public static SegmentVector<T> Require(DataViewSchema schema, string name, string role, string expected, int valuesPerSegment = 1) =>
        Find(schema, name, role, expected, valuesPerSegment) ?? throw SchemaMismatch.Missing(role, name, expected, schema);

    /// <summary>Null if there is no such column.</summary>
    public static SegmentVector<T>? Find(DataViewSchema schema, string name, string role, string expected, int valuesPerSegment = 1)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
        {
            return null;
        }

        return column.Type is VectorDataViewType { ItemType: { } item } && item.RawType == typeof(T)
            ? new SegmentVector<T>(column, valuesPerSegment)
            : throw SchemaMismatch.WrongType(role, name, expected, column.Type.ToString()!);
    }

    /// <summary>Checks the column in the shape of a schema, by the same rules.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or has another type.</exception>
    public static void Check(SchemaShape shape, string name, string role, string expected)
    {
        SchemaShape.Column column = SchemaShapes.Find(shape, name) ?? throw SchemaMismatch.Missing(role, name, expected, shape);
        if (column.Kind == SchemaShape.Column.VectorKind.Scalar || column.ItemType.RawType != typeof(T))
        {
            throw SchemaMismatch.WrongType(role, name, expected, SchemaShapes.Describe(column));
        }
    }

    /// <summary>Reads the current row's values.</summary>
    /// <param name="row">The row.</param>
    /// <returns>Given the number of segments (null: any) and a name for the row, its values.</returns>
    public Func<int?, string, T[]> CreateReader(DataViewRow row)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> buffer = default;
        return (segments, rowName) =>
        {
            getter(ref buffer);
            if (segments is { } count && buffer.Length != count * valuesPerSegment)
            {
                throw new InvalidDataException($"{rowName}: column '{column.Name}' has {buffer.Length} values, where {count * valuesPerSegment} were expected for {count} segments.");
            }

            return [.. buffer.DenseValues()];
        };
    }
}
