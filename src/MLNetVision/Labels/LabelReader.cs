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
    private readonly IReadOnlyList<string>? _keys;
    private readonly DataViewSchema.Column? _source;

    private LabelReader(DataViewSchema.Column column, Dictionary<string, int>? classes, IReadOnlyList<string>? keys = null, DataViewSchema.Column? source = null) =>
        (Column, _classes, _keys, _source) = (column, classes, keys, source);

    public DataViewSchema.Column Column { get; }

    /// <summary>The columns that are read.</summary>
    public IEnumerable<DataViewSchema.Column> Columns => _source is { } source ? [Column, source] : [Column];

    /// <summary>The names so far that are no class.</summary>
    public NameCounts Unknown { get; } = new();

    /// <summary>The column of keys from which the classes come.</summary>
    public static LabelReader OfTraining(DataViewSchema schema, string column) => new(schema[column], null);

    /// <summary>The column of validation data: texts and keys that stand for names are matched by those, other keys by their place.</summary>
    /// <param name="schema">The validation data's schema.</param>
    /// <param name="column">The label column.</param>
    /// <param name="labels">The classes of the training data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, is neither, or not one of its keys is one of the classes.</exception>
    public static LabelReader OfValidation(DataViewSchema schema, string column, ClassLabels labels)
    {
        string expected = $"the {labels.Count} classes of the training data ({Shown(labels.Names)}) as keys or text, which are matched by their names";
        DataViewSchema.Column label = schema.GetColumnOrNull(column) ?? throw SchemaMismatch.Missing("validation label", column, expected);
        Dictionary<string, int> classes = labels.Names.Select((name, i) => (name, i)).DistinctBy(item => item.name).ToDictionary(item => item.name, item => item.i, StringComparer.Ordinal);
        if (label.Type is TextDataViewType)
        {
            return new LabelReader(label, classes);
        }

        IReadOnlyList<string>? keys = labels.Values is null ? null : KeyNames.Of(label)?.ToText();
        if (label.Type is not KeyDataViewType key || (keys is null && key.Count != (ulong)labels.Count))
        {
            throw SchemaMismatch.WrongType("validation label", column, expected, label.Type.ToString()!);
        }

        if (keys?.Any(classes.ContainsKey) == false)
        {
            throw SchemaMismatch.WrongType("validation label", column, expected, $"keys for {Shown(keys)}");
        }

        // Of classes with one name the place tells them apart, where both data have them alike.
        return new LabelReader(label, classes, keys?.SequenceEqual(labels.Names) == true ? null : keys, LabelSource.Of(schema, label));
    }

    /// <summary>Reads the class of the current row from 0, or <see cref="NoLabel"/> or <see cref="UnknownClass"/>.</summary>
    public Func<int> CreateReader(DataViewRow row)
    {
        if (Column.Type is TextDataViewType)
        {
            ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(Column);
            return () =>
            {
                ReadOnlyMemory<char> value = default;
                getter(ref value);
                return ClassOf(value.ToString());
            };
        }

        Func<int> read = KeyReader.Create(row, Column);
        Func<string>? name = _source is { } source ? LabelSource.CreateReader(row, source) : null;
        return () => read() is >= 0 and var index
            ? _keys is null ? index : ClassOf(_keys[index])
            : name is null ? NoLabel : ClassOf(name());
    }

    private int ClassOf(string name) => _classes!.TryGetValue(name, out int index) ? index : name.Length > 0 ? NoteUnknown(name) : NoLabel;

    private int NoteUnknown(string name)
    {
        Unknown.Add(name);
        return UnknownClass;
    }

    internal static string Shown(IReadOnlyCollection<string> names) => string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? ", …" : string.Empty);
}
