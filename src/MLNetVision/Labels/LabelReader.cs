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

    private const int NamesShown = 20;
    private readonly Dictionary<string, int>? _classes;
    private readonly DataViewSchema.Column? _source;

    private LabelReader(DataViewSchema.Column column, Dictionary<string, int>? classes, DataViewSchema.Column? source = null) => (Column, _classes, _source) = (column, classes, source);

    public DataViewSchema.Column Column { get; }

    /// <summary>The columns that are read.</summary>
    public IEnumerable<DataViewSchema.Column> Columns => _source is { } source ? [Column, source] : [Column];

    /// <summary>The names so far that are no class.</summary>
    public NameCounts Unknown { get; } = new();

    /// <summary>The column of keys from which the classes come.</summary>
    public static LabelReader OfTraining(DataViewSchema schema, string column) => new(schema[column], null);

    /// <summary>The column of validation data: the same keys, or text, which is mapped as the keys were.</summary>
    /// <param name="schema">The validation data's schema.</param>
    /// <param name="column">The label column.</param>
    /// <param name="labels">The classes of the training data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, is neither, or its keys are other classes.</exception>
    public static LabelReader OfValidation(DataViewSchema schema, string column, ClassLabels labels)
    {
        string expected = $"the {labels.Count} classes of the training data in their order ({Shown(labels.Names)}), or their names as text";
        DataViewSchema.Column label = schema.GetColumnOrNull(column) ?? throw SchemaMismatch.Missing("validation label", column, expected);
        if (label.Type is TextDataViewType)
        {
            return new LabelReader(label, labels.Names.Select((name, i) => (name, i)).DistinctBy(item => item.name).ToDictionary(item => item.name, item => item.i, StringComparer.Ordinal));
        }

        if (label.Type is not KeyDataViewType key || key.Count != (ulong)labels.Count)
        {
            throw SchemaMismatch.WrongType("validation label", column, expected, label.Type.ToString()!);
        }

        // Keys are compared by their place, so other names there would be other classes.
        if (labels.Values is not null && KeyNames.Of(label)?.ToText() is { } names && !names.SequenceEqual(labels.Names))
        {
            throw SchemaMismatch.WrongType(
                "validation label", column, expected,
                $"keys for {Shown(names)}. Fit one MapValueToKey on the training data and transform both with it, or leave the validation set's labels text, which the trainer maps");
        }

        return new LabelReader(label, null, LabelSource.Of(schema, label));
    }

    /// <summary>Reads the class of the current row from 0, or <see cref="NoLabel"/> or <see cref="UnknownClass"/>.</summary>
    public Func<int> CreateReader(DataViewRow row)
    {
        if (_classes is not null)
        {
            return TextReader(row, _classes);
        }

        Func<int> read = KeyReader.Create(row, Column);
        Func<string>? name = _source is { } source ? LabelSource.CreateReader(row, source) : null;
        return () => read() is >= 0 and var index ? index : name?.Invoke() is { Length: > 0 } text ? NoteUnknown(text) : NoLabel;
    }

    private Func<int> TextReader(DataViewRow row, Dictionary<string, int> classes)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(Column);
        return () =>
        {
            ReadOnlyMemory<char> value = default;
            getter(ref value);
            string name = value.ToString();
            return classes.TryGetValue(name, out int index) ? index : name.Length > 0 ? NoteUnknown(name) : NoLabel;
        };
    }

    private int NoteUnknown(string name)
    {
        Unknown.Add(name);
        return UnknownClass;
    }

    internal static string Shown(IReadOnlyCollection<string> names) => string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? ", …" : string.Empty);
}
