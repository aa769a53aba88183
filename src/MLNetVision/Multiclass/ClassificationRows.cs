using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Options;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Loading;

namespace MLNetVision.Multiclass;

/// <summary>The columns of a scored classification, found and checked before a row is read.</summary>
internal sealed class ClassificationRows
{
    private readonly DataViewSchema.Column? _source;
    private readonly NameCounts _unknown = new();
    private readonly int _scored;

    private ClassificationRows(DataViewSchema.Column label, DataViewSchema.Column? source, DataViewSchema.Column score, IReadOnlyList<string> names)
    {
        (Label, _source, Score, ClassNames) = (label, source, score, names);
        _scored = names.Count;
    }

    public DataViewSchema.Column Label { get; }

    public DataViewSchema.Column Score { get; }

    /// <summary>The classes in the order of the scores, and behind them those of the data that have no score.</summary>
    public IReadOnlyList<string> ClassNames { get; private set; }

    /// <summary>Finds the columns, and the classes of the data that the scores do not have, where labels were mapped to keys under their own name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type, or both know other classes.</exception>
    public static ClassificationRows Find(IDataView data, string labelColumn, string scoreColumn)
    {
        ArgumentNullException.ThrowIfNull(data);
        ClassificationRows rows = Find(data.Schema, labelColumn, scoreColumn);
        rows.FindUnknown(data);
        return rows;
    }

    private static ClassificationRows Find(DataViewSchema schema, string labelColumn, string scoreColumn)
    {
        const string ExpectedScore = "a vector of Single with a known size, a probability for each class";
        DataViewSchema.Column score = schema.GetColumnOrNull(scoreColumn) ?? throw SchemaMismatch.Missing("score", scoreColumn, ExpectedScore, schema);
        if (score.Type is not VectorDataViewType { Size: > 0 and var classes, ItemType: NumberDataViewType { RawType: { } raw } } || raw != typeof(float))
        {
            throw SchemaMismatch.WrongType("score", scoreColumn, ExpectedScore, score.Type.ToString()!);
        }

        string expectedLabel = $"a key of {classes} classes, as many as '{scoreColumn}' has";
        DataViewSchema.Column label = schema.GetColumnOrNull(labelColumn) ?? throw SchemaMismatch.Missing("label", labelColumn, expectedLabel, schema);
        if (label.Type is not KeyDataViewType { Count: var count } || count != (ulong)classes)
        {
            throw SchemaMismatch.WrongType("label", labelColumn, expectedLabel, label.Type.ToString()!);
        }

        IReadOnlyList<string>? labelNames = KeyNames.Of(label)?.ToText();
        IReadOnlyList<string>? slotNames = SlotNames(score, classes);
        if (labelNames is not null && slotNames is not null && !labelNames.SequenceEqual(slotNames))
        {
            int first = Enumerable.Range(0, classes).First(i => labelNames[i] != slotNames[i]);
            throw SchemaMismatch.WrongType(
                "label", labelColumn, $"the classes of '{scoreColumn}' in their order", $"other ones: class {first + 1} is '{labelNames[first]}' there and '{slotNames[first]}' in the scores");
        }

        return new ClassificationRows(label, LabelSource.Of(schema, label), score, labelNames ?? slotNames ?? [.. Enumerable.Range(1, classes).Select(key => $"class {key}")]);
    }

    /// <summary>Reads each row with a label.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="further">Other columns that are read.</param>
    /// <param name="begin">Given the cursor, what evaluates each row: given its class and its probabilities it returns the most probable class, or −1.</param>
    /// <param name="environment">What stops the reading, and where warnings go.</param>
    /// <exception cref="InvalidOperationException">No row has a label, or none a prediction.</exception>
    /// <exception cref="InvalidDataException">The scores of a row are no probabilities; the message names it.</exception>
    public void Read(IDataView data, IEnumerable<DataViewSchema.Column> further, Func<DataViewRow, Func<int, float[], int>> begin, IHostEnvironment environment)
    {
        (long rows, long withoutLabel, long unscored) = (0, 0, 0);
        using DataViewRowCursor cursor = data.GetRowCursor([.. Labels, Score, .. further]);
        Func<int> readClass = ClassReader(cursor);
        ValueGetter<VBuffer<float>> readScores = cursor.GetGetter<VBuffer<float>>(Score);
        Func<int, float[], int> evaluate = begin(cursor);
        VBuffer<float> scores = default;
        float[] probabilities = new float[ClassNames.Count];
        while (cursor.MoveNext())
        {
            HostAccess.CheckAlive(environment);
            int truth = readClass();
            if (truth < 0)
            {
                withoutLabel++;
                continue;
            }

            readScores(ref scores);
            scores.CopyTo(probabilities); // what stands behind them stays 0: a class without a score is never said
            rows++;
            unscored += Add(evaluate, truth, probabilities, cursor.Position) < 0 ? 1 : 0;
        }

        Warn(environment, withoutLabel, "have no label and are left out");
        Warn(environment, _unknown.Total, $"are of classes that the model does not know, and count as wrong: {_unknown}");
        if (rows == 0)
        {
            throw new InvalidOperationException($"The data to evaluate have no row with a label in column '{Label.Name}'.{DataReports.Said(data)}");
        }

        if (_unknown.Total == rows)
        {
            throw new InvalidOperationException($"Not one of the {rows} row(s) to evaluate is of a class that the model knows: {_unknown}. It knows {NameList.Plain([.. ClassNames.Take(_scored)])}.");
        }

        if (unscored == rows)
        {
            throw new InvalidOperationException(
                $"Not one of the {unscored} row(s) to evaluate has numbers in column '{Score.Name}': none of their pictures could be read, for reasons that the scoring's warning names.{DataReports.Said(data)}");
        }
    }

    private IEnumerable<DataViewSchema.Column> Labels => _source is { } source ? [Label, source] : [Label];

    // Labels alone are read, so that nothing is scored twice.
    private void FindUnknown(IDataView data)
    {
        if (_source is not { } source)
        {
            return;
        }

        using DataViewRowCursor cursor = data.GetRowCursor(Labels);
        Func<int> key = KeyReader.Create(cursor, Label);
        Func<string> name = LabelSource.CreateReader(cursor, source);
        while (cursor.MoveNext())
        {
            if (key() < 0 && name() is { Length: > 0 } unknown)
            {
                _unknown.Add(unknown);
            }
        }

        ClassNames = [.. ClassNames, .. _unknown.Counts.Keys];
    }

    private Func<int> ClassReader(DataViewRow row)
    {
        Func<int> key = KeyReader.Create(row, Label);
        if (_source is not { } source)
        {
            return key;
        }

        Func<string> name = LabelSource.CreateReader(row, source);
        Dictionary<string, int> places = _unknown.Counts.Keys.Select((unknown, i) => (unknown, Place: _scored + i)).ToDictionary(item => item.unknown, item => item.Place, StringComparer.Ordinal);
        return () => key() is >= 0 and var known ? known : places.GetValueOrDefault(name(), -1);
    }

    private static int Add(Func<int, float[], int> evaluate, int truth, float[] probabilities, long row)
    {
        try
        {
            return evaluate(truth, probabilities);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"Row {row}: {e.Message}", e);
        }
    }

    private static void Warn(IHostEnvironment environment, long count, string consequence)
    {
        if (count > 0)
        {
            using IChannel channel = environment.Register("Classification").Start("Rows");
            channel.Warning(MessageSensitivity.UserData, "{0} row(s) {1}.", count, consequence);
        }
    }

    private static IReadOnlyList<string>? SlotNames(DataViewSchema.Column score, int classes)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        if (!score.HasSlotNames())
        {
            return null;
        }

        score.GetSlotNames(ref names);
        return names.Length == classes ? [.. names.DenseValues().Select(name => name.ToString())] : null;
    }
}
