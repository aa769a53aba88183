using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Internals;

namespace MLNetVision.Labels;

/// <summary>A column that tells the class of a row: keys, or in validation data also the names of the classes.</summary>
internal sealed class LabelReader
{
    private const int NamesShown = 20;
    private readonly Dictionary<string, int>? _classes;
    private readonly SortedSet<string> _unknown = new(StringComparer.Ordinal);

    private LabelReader(DataViewSchema.Column column, Dictionary<string, int>? classes) => (Column, _classes) = (column, classes);

    public DataViewSchema.Column Column { get; }

    /// <summary>The names that are no class, of rows that count as without a label.</summary>
    public IReadOnlyCollection<string> Unknown => _unknown;

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

        return new LabelReader(label, null);
    }

    /// <summary>Reads the class of the current row from 0; negative for the missing key and for names that are no class.</summary>
    public Func<int> CreateReader(DataViewRow row) => _classes is null ? KeyReader.Create(row, Column) : TextReader(row, _classes);

    private Func<int> TextReader(DataViewRow row, Dictionary<string, int> classes)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(Column);
        return () =>
        {
            ReadOnlyMemory<char> value = default;
            getter(ref value);
            string name = value.ToString();
            if (classes.TryGetValue(name, out int index))
            {
                return index;
            }

            if (name.Length > 0)
            {
                _unknown.Add(name);
            }

            return -1;
        };
    }

    internal static string Shown(IReadOnlyCollection<string> names) => string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? ", …" : string.Empty);
}
