using Microsoft.ML;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Segmentation;

namespace MLNetVision.Mask2Former;

/// <summary>The classes of validation data, matched with those of the training data by their names.</summary>
internal sealed class ValidationClasses
{
    private const int NamesShown = 20;
    private readonly bool[]? _isThing;

    private ValidationClasses(IReadOnlyList<string> known, string[] names, int[] ofKey, bool[]? isThing) => (Known, Names, OfKey, _isThing) = (known, names, ofKey, isThing);

    /// <summary>The classes of the training data.</summary>
    public IReadOnlyList<string> Known { get; }

    /// <summary>The same, and behind them those that only the validation data have.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The class of each key of the validation data.</summary>
    public IReadOnlyList<int> OfKey { get; }

    /// <summary>Whether a class that only the validation data have has countable objects; it has where nothing says.</summary>
    public bool IsThing(int index) => _isThing is not { } flags || flags[OfKey.ToList().IndexOf(index)];

    /// <exception cref="ArgumentOutOfRangeException">Not one of the classes is one of the training data, or they have no names to be matched by.</exception>
    public static ValidationClasses Of(DataViewSchema.Column label, ClassLabels validation, ClassLabels training)
    {
        bool isMatched = validation.Names.SequenceEqual(training.Names);
        if (!isMatched && (validation.Values is null || training.Values is null || !validation.Names.Intersect(training.Names).Any()))
        {
            throw SchemaMismatch.WrongType(
                "validation label", label.Name, $"classes of the training data ({Shown(training.Names)}), which are matched by their names", $"{validation.Count} classes: {Shown(validation.Names)}");
        }

        List<string> names = [.. training.Names];
        var ofKey = new int[validation.Count];
        for (int key = 0; key < ofKey.Length; key++)
        {
            // Of classes with one name the place tells them apart, where both data have them alike.
            int index = isMatched ? key : names.IndexOf(validation.Names[key]);
            if (index < 0)
            {
                index = names.Count;
                names.Add(validation.Names[key]);
            }

            ofKey[key] = index;
        }

        return new ValidationClasses(training.Names, [.. names], ofKey, ThingFlags.Of(label));
    }

    private static string Shown(IReadOnlyList<string> names) => string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? ", …" : string.Empty);
}
