using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Internals;
using MLNetVision.Labels;

namespace MLNetVision.Segmentation.Evaluation;

/// <summary>
/// The classes of an evaluation: those of the label column, then any that only the predictions have. Where both columns
/// name their keys, classes are matched by name, so that a model may order them otherwise.
/// </summary>
internal sealed class EvaluationClasses
{
    private const string Expected = "a vector of keys with a known count";

    private readonly HashSet<int> _predicted;

    private EvaluationClasses(string[] names, bool[]? isThing, int[] predicted)
    {
        Names = names;
        IsThing = isThing;
        Predicted = predicted;
        _predicted = [.. predicted];
    }

    public IReadOnlyList<string> Names { get; }

    public IReadOnlyList<bool>? IsThing { get; }

    /// <summary>The class of each predicted key.</summary>
    public int[] Predicted { get; }

    /// <summary>Whether no key of the predictions stands for a class, so that it is never found.</summary>
    public bool IsUnknown(int index) => !_predicted.Contains(index);

    public static EvaluationClasses Of(DataViewSchema.Column label, DataViewSchema.Column predicted, IReadOnlyCollection<string>? thingClasses)
    {
        int count = CountOf(label, "label");
        int predictedCount = CountOf(predicted, "predicted label");
        IReadOnlyList<string>? labelNames = NamesOf(label);
        IReadOnlyList<string>? predictedNames = NamesOf(predicted);
        List<string> names = [.. labelNames ?? [.. Enumerable.Range(1, count).Select(key => $"class {key}")]];
        int[] classOfPrediction = new int[predictedCount];
        if (labelNames is null || predictedNames is null)
        {
            if (predictedCount > count)
            {
                throw SchemaMismatch.WrongType("predicted label", predicted.Name, $"keys that are named, or at most {count} of them as in '{label.Name}'", $"{predictedCount} keys");
            }

            classOfPrediction = [.. Enumerable.Range(0, predictedCount)];
        }
        else
        {
            for (int key = 0; key < predictedCount; key++)
            {
                int index = names.IndexOf(predictedNames[key]);
                if (index < 0)
                {
                    index = names.Count;
                    names.Add(predictedNames[key]);
                }

                classOfPrediction[key] = index;
            }
        }

        return new EvaluationClasses([.. names], ThingsOf(label, predicted, names, classOfPrediction, thingClasses), classOfPrediction);
    }

    private static int CountOf(DataViewSchema.Column column, string role) =>
        column.Type is VectorDataViewType { ItemType: KeyDataViewType { Count: > 0 and <= int.MaxValue } key } && key.RawType == typeof(uint)
            ? (int)key.Count
            : throw SchemaMismatch.WrongType(role, column.Name, Expected, column.Type.ToString()!);

    private static IReadOnlyList<string>? NamesOf(DataViewSchema.Column column) => KeyNames.Of(column)?.ToText();

    private static bool[]? ThingsOf(DataViewSchema.Column label, DataViewSchema.Column predicted, List<string> names, int[] classOfPrediction, IReadOnlyCollection<string>? thingClasses)
    {
        if (thingClasses is not null)
        {
            string? unknown = thingClasses.FirstOrDefault(name => !names.Contains(name));
            return unknown is null
                ? [.. names.Select(thingClasses.Contains)]
                : throw new ArgumentException($"The thing class '{unknown}' is not among the classes of '{label.Name}': {string.Join(", ", names.Take(20))}.", nameof(thingClasses));
        }

        if (ThingFlags.Of(label) is not { } flags)
        {
            return null;
        }

        // Classes that only the predictions have take the flag of the predicted column.
        bool[]? predictedFlags = ThingFlags.Of(predicted);
        bool[] result = new bool[names.Count];
        flags.CopyTo(result, 0);
        for (int key = 0; key < classOfPrediction.Length; key++)
        {
            if (classOfPrediction[key] >= flags.Length && predictedFlags is not null)
            {
                result[classOfPrediction[key]] = predictedFlags[key];
            }
        }

        return result;
    }
}
