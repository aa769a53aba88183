using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Internals;

namespace MLNetVision.Labels;

/// <summary>
/// Which classes of the training data the labels of validation data are: texts and keys that stand for names by their names,
/// in whatever order, other keys by their place.
/// </summary>
internal sealed class ValidationClasses
{
    private const int NamesShown = 20;
    private readonly Dictionary<string, int> _classes;
    private readonly IReadOnlyList<string>? _names;
    private readonly SortedSet<string> _unknown = new(StringComparer.Ordinal);

    private ValidationClasses(ClassLabels labels, bool isText, IReadOnlyList<string>? names)
    {
        _classes = labels.Names.Select((name, i) => (name, i)).DistinctBy(item => item.name).ToDictionary(item => item.name, item => item.i, StringComparer.Ordinal);
        (IsText, _names) = (isText, names);
    }

    /// <summary>Whether the labels are texts rather than keys.</summary>
    public bool IsText { get; }

    /// <summary>The names met so far that are no class of the training data.</summary>
    public IReadOnlyCollection<string> Unknown => _unknown;

    /// <summary>How often such a name was met.</summary>
    public long UnknownCount { get; private set; }

    /// <summary>Compares a label column, of single labels or of vectors, with the classes of the training data.</summary>
    /// <param name="column">The column.</param>
    /// <param name="labels">The classes.</param>
    /// <exception cref="ArgumentOutOfRangeException">It has neither keys nor texts, or other classes.</exception>
    public static ValidationClasses Of(DataViewSchema.Column column, ClassLabels labels)
    {
        string expected = $"the {labels.Count} classes of the training data ({Shown(labels.Names)}), as keys or as text";
        DataViewType item = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        if (item is TextDataViewType)
        {
            return new ValidationClasses(labels, isText: true, names: null);
        }

        if (item is not KeyDataViewType key)
        {
            throw SchemaMismatch.WrongType("validation label", column.Name, expected, column.Type.ToString()!);
        }

        IReadOnlyList<string>? names = labels.Values is null ? null : KeyNames.Of(column)?.ToText();
        var classes = new ValidationClasses(labels, isText: false, names);
        if (names is null ? key.Count != (ulong)labels.Count : !names.Any(classes._classes.ContainsKey))
        {
            throw SchemaMismatch.WrongType("validation label", column.Name, expected, names is null ? column.Type.ToString()! : $"keys for {Shown(names)}");
        }

        return classes;
    }

    /// <summary>The class of a text, or -1 for none.</summary>
    public int OfName(string name)
    {
        if (_classes.TryGetValue(name, out int index))
        {
            return index;
        }

        if (name.Length > 0)
        {
            _unknown.Add(name);
            UnknownCount++;
        }

        return -1;
    }

    /// <summary>The class of a key, or -1 for none.</summary>
    /// <param name="index">The key's place from 0; negative for the missing key.</param>
    public int OfKey(int index) => index < 0 || _names is null ? index : OfName(_names[index]);

    /// <summary>The first names of a list, for messages.</summary>
    public static string Shown(IReadOnlyCollection<string> names) => string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? ", …" : string.Empty);
}
