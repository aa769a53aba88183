using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Internals;

namespace MLNetVision.Labels;

/// <summary>A column that tells the class of a row: keys, or in validation data also the names of the classes.</summary>
internal sealed class LabelReader
{
    private readonly ValidationClasses? _classes;

    private LabelReader(DataViewSchema.Column column, ValidationClasses? classes) => (Column, _classes) = (column, classes);

    public DataViewSchema.Column Column { get; }

    /// <summary>The names that are no class, of rows that count as without a label.</summary>
    public IReadOnlyCollection<string> Unknown => _classes?.Unknown ?? [];

    /// <summary>The column of keys from which the classes come.</summary>
    public static LabelReader OfTraining(DataViewSchema schema, string column) => new(schema[column], null);

    /// <summary>The column of validation data: keys or texts, which are matched with the training data's by name.</summary>
    /// <param name="schema">The validation data's schema.</param>
    /// <param name="column">The label column.</param>
    /// <param name="labels">The classes of the training data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, is neither, or its keys are other classes.</exception>
    public static LabelReader OfValidation(DataViewSchema schema, string column, ClassLabels labels)
    {
        DataViewSchema.Column label = schema.GetColumnOrNull(column) ?? throw SchemaMismatch.Missing("validation label", column, "the classes of the training data, as keys or as text");
        return label.Type is VectorDataViewType
            ? throw SchemaMismatch.WrongType("validation label", column, "one key or text for each row", label.Type.ToString()!)
            : new LabelReader(label, ValidationClasses.Of(label, labels));
    }

    /// <summary>Reads the class of the current row from 0; negative for the missing key and for names that are no class.</summary>
    public Func<int> CreateReader(DataViewRow row)
    {
        if (_classes is { IsText: true } texts)
        {
            ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(Column);
            return () =>
            {
                ReadOnlyMemory<char> value = default;
                getter(ref value);
                return texts.OfName(value.ToString());
            };
        }

        Func<int> key = KeyReader.Create(row, Column);
        return _classes is { } classes ? () => classes.OfKey(key()) : key;
    }
}
