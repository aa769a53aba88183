using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Tests.Conformance;

/// <summary>Reads columns of any type as plain values: arrays, strings, numbers.</summary>
internal static class ViewReader
{
    private static readonly MethodInfo ScalarReader = typeof(ViewReader).GetMethod(nameof(CreateScalar), BindingFlags.NonPublic | BindingFlags.Static)!;
    private static readonly MethodInfo VectorReader = typeof(ViewReader).GetMethod(nameof(CreateVector), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>All rows of some columns, all columns if none is named.</summary>
    public static List<object?[]> ReadAll(IDataView view, params string[] columns)
    {
        DataViewSchema.Column[] wanted = columns.Length > 0 ? [.. columns.Select(name => view.Schema[name])] : [.. view.Schema.Where(column => !column.IsHidden)];
        using DataViewRowCursor cursor = view.GetRowCursor(wanted);
        return ReadAll(cursor, wanted);
    }

    public static List<object?[]> ReadAll(DataViewRowCursor cursor, IReadOnlyList<DataViewSchema.Column> wanted)
    {
        Func<object?>[] readers = [.. wanted.Select(column => Create(cursor, column))];
        var rows = new List<object?[]>();
        while (cursor.MoveNext())
        {
            rows.Add([.. readers.Select(reader => reader())]);
        }

        return rows;
    }

    /// <summary>A reader of a row's current value.</summary>
    public static Func<object?> Create(DataViewRow row, DataViewSchema.Column column)
    {
        MethodInfo method = column.Type is VectorDataViewType vector ? VectorReader.MakeGenericMethod(vector.ItemType.RawType) : ScalarReader.MakeGenericMethod(column.Type.RawType);
        return (Func<object?>)method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [row, column], null)!;
    }

    /// <summary>The value of an annotation.</summary>
    public static object? Annotation(DataViewSchema.Annotations annotations, string kind)
    {
        DataViewSchema.Column column = annotations.Schema[kind];
        MethodInfo method = typeof(ViewReader).GetMethod(nameof(ReadAnnotation), BindingFlags.NonPublic | BindingFlags.Static)!;
        return Plain(method.MakeGenericMethod(column.Type.RawType).Invoke(null, [annotations, kind]));
    }

    public static void AssertEqual(IReadOnlyList<object?[]> expected, IReadOnlyList<object?[]> actual, string what, double tolerance = 0)
    {
        Assert.AreEqual(expected.Count, actual.Count, $"{what}: rows");
        for (int row = 0; row < expected.Count; row++)
        {
            for (int column = 0; column < expected[row].Length; column++)
            {
                AssertEqual(expected[row][column], actual[row][column], $"{what}: row {row}, column {column}", tolerance);
            }
        }
    }

    public static void AssertEqual(object? expected, object? actual, string what, double tolerance = 0)
    {
        if (expected is float[] want && actual is float[] got)
        {
            Assert.AreEqual(want.Length, got.Length, what);
            for (int i = 0; i < want.Length; i++)
            {
                Assert.IsTrue(float.IsNaN(want[i]) ? float.IsNaN(got[i]) : Math.Abs(want[i] - got[i]) <= tolerance, $"{what}, slot {i}: {want[i]} and {got[i]}");
            }
        }
        else if (expected is Array expectedArray && actual is Array actualArray)
        {
            CollectionAssert.AreEqual(expectedArray, actualArray, what);
        }
        else
        {
            Assert.AreEqual(expected, actual, what);
        }
    }

    private static Func<object?> CreateScalar<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return Plain(value);
        };
    }

    private static Func<object?> CreateVector<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        return () =>
        {
            VBuffer<T> value = default;
            getter(ref value);
            return Plain(value);
        };
    }

    private static T ReadAnnotation<T>(DataViewSchema.Annotations annotations, string kind)
    {
        T value = default!;
        annotations.GetValue(kind, ref value);
        return value;
    }

    private static object? Plain(object? value) => value switch
    {
        ReadOnlyMemory<char> text => text.ToString(),
        VBuffer<ReadOnlyMemory<char>> texts => texts.DenseValues().Select(text => text.ToString()).ToArray(),
        MLImage image => image.Pixels.ToArray(),
        { } vector when vector.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(VBuffer<>) => Dense((dynamic)vector),
        _ => value,
    };

    private static T[] Dense<T>(VBuffer<T> values) => [.. values.DenseValues()];
}
