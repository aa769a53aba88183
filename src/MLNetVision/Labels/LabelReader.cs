using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Internals;

namespace MLNetVision.Labels;

/// <summary>A column that tells the class of a row: keys, or in validation data also the names of the classes.</summary>
internal sealed class LabelReader
{
    /// <summary>What is read of a row without a label, and of one whose label is no class.</summary>
    public const int NoLabel = -1, UnknownClass = -2;

    private readonly ValidationClasses? _classes;
    private readonly DataViewSchema.Column? _source;

    private LabelReader(DataViewSchema.Column column, ValidationClasses? classes, DataViewSchema.Column? source) => (Column, _classes, _source) = (column, classes, source);

    public DataViewSchema.Column Column { get; }

    /// <summary>The columns that are read.</summary>
    public IEnumerable<DataViewSchema.Column> Columns => _source is { } source ? [Column, source] : [Column];

    /// <summary>The names so far that are no class.</summary>
    public NameCounts Unknown { get; } = new();

    /// <summary>The column of keys from which the classes come.</summary>
    public static LabelReader OfTraining(DataViewSchema schema, string column) => new(schema[column], null, null);

    /// <summary>The column of validation data: keys or texts, which are matched with the training data's by name.</summary>
    /// <param name="schema">The validation data's schema.</param>
    /// <param name="column">The label column.</param>
    /// <param name="labels">The classes of the training data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, is neither, or its keys are other classes.</exception>
    public static LabelReader OfValidation(DataViewSchema schema, string column, ClassLabels labels)
    {
        const string Expected = "one key or text for each row";
        DataViewSchema.Column label = schema.GetColumnOrNull(column) ?? throw SchemaMismatch.Missing("validation label", column, Expected, schema);
        return label.Type is VectorDataViewType
            ? throw SchemaMismatch.WrongType("validation label", column, Expected, label.Type.ToString()!)
            : new LabelReader(label, ValidationClasses.Of(label, labels), LabelSource.Of(schema, label));
    }

    /// <summary>Reads the class of the current row from 0, or <see cref="NoLabel"/> or <see cref="UnknownClass"/>.</summary>
    public Func<int> CreateReader(DataViewRow row)
    {
        if (_classes is not { } classes)
        {
            return KeyReader.Create(row, Column);
        }

        if (classes.IsText)
        {
            Func<string> text = KeyNameCodec.Text.CreateReader(row, Column);
            return () => Checked(classes.OfName(text()), classes);
        }

        Func<int> key = KeyReader.Create(row, Column);
        Func<string>? name = _source is { } source ? LabelSource.CreateReader(row, source) : null;
        return () => Checked(key() is >= 0 and var index ? classes.OfKey(index) : classes.OfName(name?.Invoke() ?? string.Empty), classes);
    }

    private int Checked(int index, ValidationClasses classes)
    {
        if (!classes.IsUnknown(index))
        {
            return index;
        }

        Unknown.Add(classes.Names[index]);
        return UnknownClass;
    }
}
