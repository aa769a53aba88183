using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Internals;
using MLNetVision.Labels;

namespace MLNetVision.Segmentation.Evaluation;

/// <summary>A vector column that tells the class of each segment of a row.</summary>
internal sealed class SegmentLabels
{
    private const string Expected = "a vector of keys";

    private readonly SegmentVector<uint>? _keys;
    private readonly SegmentVector<ReadOnlyMemory<char>>? _texts;
    private readonly Func<int, int> _classOfKey;

    private SegmentLabels(SegmentVector<uint>? keys, SegmentVector<ReadOnlyMemory<char>>? texts, Func<int, int> classOfKey) =>
        (_keys, _texts, _classOfKey) = (keys, texts, classOfKey);

    public DataViewSchema.Column Column => _keys?.Column ?? _texts!.Column;

    /// <summary>How the labels of validation data are matched; null for others.</summary>
    public ValidationClasses? Classes { get; private init; }

    /// <summary>Keys.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="name">The column.</param>
    /// <param name="role">What it is, for messages.</param>
    /// <param name="classOfKey">The class of each key; null where key k stands for class k − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or has another type.</exception>
    public static SegmentLabels OfKeys(DataViewSchema schema, string name, string role, IReadOnlyList<int>? classOfKey = null) =>
        new(SegmentVector<uint>.Require(schema, name, role, Expected), null, classOfKey is null ? index => index : index => classOfKey[index]);

    /// <summary>Keys or texts of validation data, which are matched with the classes of the training data by name. Texts are read once, to know all names.</summary>
    /// <inheritdoc cref="ValidationClasses.Of" path="/exception"/>
    public static SegmentLabels OfValidation(IDataView data, string name, ClassLabels labels)
    {
        const string Expected = "a vector of keys or of text";
        DataViewSchema.Column column = data.Schema.GetColumnOrNull(name) ?? throw SchemaMismatch.Missing("validation label", name, Expected, data.Schema);
        if (column.Type is not VectorDataViewType)
        {
            throw SchemaMismatch.WrongType("validation label", name, Expected, column.Type.ToString()!);
        }

        ValidationClasses classes = ValidationClasses.Of(column, labels);
        if (!classes.IsText)
        {
            return new SegmentLabels(SegmentVector<uint>.Require(data.Schema, name, "validation label", Expected), null, classes.OfKey) { Classes = classes };
        }

        var texts = new SegmentLabels(null, SegmentVector<ReadOnlyMemory<char>>.Require(data.Schema, name, "validation label", Expected), index => index) { Classes = classes };
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        Func<string, int[]> read = texts.CreateReader(cursor);
        while (cursor.MoveNext())
        {
            read($"Row {cursor.Position}");
        }

        return texts;
    }

    /// <summary>Reads the classes of the current row's segments, given a name for the row; negative for missing keys and empty names.</summary>
    public Func<string, int[]> CreateReader(DataViewRow row)
    {
        if (_texts is not null)
        {
            Func<int?, string, ReadOnlyMemory<char>[]> texts = _texts.CreateReader(row);
            return name => [.. texts(null, name).Select(text => Classes!.OfName(text.ToString()))];
        }

        Func<int?, string, uint[]> keys = _keys!.CreateReader(row);
        return name => [.. keys(null, name).Select(key => key == 0 ? -1 : _classOfKey((int)key - 1))];
    }
}
