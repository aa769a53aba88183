using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Options;
using MLNetVision.Internals;

namespace MLNetVision.Labels;

/// <summary>
/// Which classes of the training data the labels of validation data are: texts and keys that stand for names by their names,
/// in whatever order, other keys by their place. Names that the training data do not have are classes behind theirs.
/// </summary>
internal sealed class ValidationClasses
{
    private readonly Dictionary<string, int> _indices;
    private readonly List<string> _names;
    private readonly int[] _ofKey;

    private ValidationClasses(ClassLabels labels, bool isText, IReadOnlyList<string>? keyNames, int keys)
    {
        (Known, _names, IsText) = (labels.Names, [.. labels.Names], isText);
        _indices = labels.Names.Index().DistinctBy(item => item.Item).ToDictionary(item => item.Item, item => item.Index, StringComparer.Ordinal);

        // Of classes with one name the place tells them apart, where both data have them alike.
        _ofKey = keyNames is null || keyNames.SequenceEqual(labels.Names) ? [.. Enumerable.Range(0, keys)] : [.. keyNames.Select(OfName)];
    }

    /// <summary>Whether the labels are texts rather than keys.</summary>
    public bool IsText { get; }

    /// <summary>The classes of the training data.</summary>
    public IReadOnlyList<string> Known { get; }

    /// <summary>The same, and behind them those that only the validation data have, as far as they were met.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Compares a label column, of single labels or of vectors, with the classes of the training data.</summary>
    /// <param name="column">The column.</param>
    /// <param name="labels">The classes.</param>
    /// <exception cref="ArgumentOutOfRangeException">It has neither keys nor texts, or not one of the classes.</exception>
    public static ValidationClasses Of(DataViewSchema.Column column, ClassLabels labels)
    {
        string expected = $"classes of the training data ({NameList.Plain(labels.Names)}), as keys or as text, which are matched by their names";
        DataViewType item = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        if (item is TextDataViewType)
        {
            return new ValidationClasses(labels, isText: true, keyNames: null, keys: 0);
        }

        if (item is not KeyDataViewType key)
        {
            throw SchemaMismatch.WrongType("validation label", column.Name, expected, column.Type.ToString()!);
        }

        IReadOnlyList<string>? names = labels.Values is null ? null : KeyNames.Of(column)?.ToText();
        return (names is null ? key.Count == (ulong)labels.Count : names.Intersect(labels.Names).Any())
            ? new ValidationClasses(labels, isText: false, names, labels.Count)
            : throw SchemaMismatch.WrongType("validation label", column.Name, expected, names is null ? column.Type.ToString()! : $"keys for {NameList.Plain(names)}");
    }

    /// <summary>Whether a class is one that the training data do not have.</summary>
    public bool IsUnknown(int index) => index >= Known.Count;

    /// <summary>The class of a text; -1 for the empty one.</summary>
    public int OfName(string name)
    {
        if (name.Length > 0 && _indices.TryAdd(name, _names.Count))
        {
            _names.Add(name);
        }

        return name.Length > 0 ? _indices[name] : -1;
    }

    /// <summary>The class of a key.</summary>
    /// <param name="index">The key's place from 0; negative for the missing key, which has none.</param>
    public int OfKey(int index) => index < 0 ? -1 : _ofKey[index];

    /// <summary>The first key that stands for a class; -1 for none.</summary>
    public int KeyOf(int index) => Array.IndexOf(_ofKey, index);
}
