using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Images;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Internals;
using MLNetVision.Labels;

namespace MLNetVision.Multiclass;

/// <summary>Shows sets of labelled pictures to a summary of data.</summary>
internal static class ClassificationSummary
{
    private const string ExpectedLabel = "keys with names, or text";

    public static LabelCounts Save(IReadOnlyList<(string Name, IDataView Data)> sets, string folder, string labelColumnName, string imageColumnName, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (sets.Count == 0)
        {
            throw new ArgumentException("At least one set of data was expected.", nameof(sets));
        }

        var summary = new DataSummary();
        bool areKeys = true;
        foreach ((string name, IDataView data) in sets)
        {
            DataViewSchema.Column label = data.Schema.GetColumnOrNull(labelColumnName) ?? throw SchemaMismatch.Missing("label", labelColumnName, ExpectedLabel, data.Schema);
            IReadOnlyList<string>? names = KeyNames.Of(label)?.ToText();
            if (label.Type is not TextDataViewType && names is null)
            {
                throw SchemaMismatch.WrongType("label", labelColumnName, ExpectedLabel, label.Type.ToString()!);
            }

            areKeys &= names is not null;
            summary.BeginSet(name);
            Read(data, label, names, imageColumnName, summary, environment);
        }

        LabelCounts counts = summary.Counter.ToCounts(sorted: !areKeys);
        summary.Save(folder, counts);
        return counts;
    }

    private static void Read(IDataView data, DataViewSchema.Column label, IReadOnlyList<string>? names, string imageColumnName, DataSummary summary, IHostEnvironment environment)
    {
        ImageColumn? images = data.Schema.GetColumnOrNull(imageColumnName) is null ? null : ImageColumn.Find(data.Schema, imageColumnName);
        using DataViewRowCursor cursor = data.GetRowCursor(images is null ? [label] : [label, images.Column]);
        Func<ImageSource?>? readPicture = images?.CreateReader(cursor);
        Func<string?> readLabel = names is null ? TextOf(cursor, label) : KeyOf(cursor, label, names);
        foreach (string name in names ?? [])
        {
            summary.Counter.PlaceOf(name);
        }

        while (cursor.MoveNext())
        {
            HostAccess.CheckAlive(environment);
            summary.Counter.AddRow();
            if (readLabel() is { } name)
            {
                summary.Counter.Add(summary.Counter.PlaceOf(name));
                summary.Offer(() => new DataSummary.Sample(readPicture?.Invoke(), name, []));
            }
        }
    }

    private static Func<string?> KeyOf(DataViewRow row, DataViewSchema.Column label, IReadOnlyList<string> names)
    {
        Func<int> read = KeyReader.Create(row, label);
        return () => read() is var key && key >= 0 ? names[key] : null;
    }

    private static Func<string?> TextOf(DataViewRow row, DataViewSchema.Column label)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(label);
        ReadOnlyMemory<char> value = default;
        return () =>
        {
            getter(ref value);
            return value.IsEmpty ? null : value.ToString();
        };
    }
}
