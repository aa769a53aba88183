using Microsoft.ML.Data;
using MLNetVision.Imaging.Conversions;
using MLNetVision.Internals;
using MLNetVision.Loading;

namespace Microsoft.ML;

/// <summary>Divides labelled pictures into training and validation data.</summary>
public static class PictureSplitCatalog
{
    private const string Rest = "train", Held = "test";

    /// <summary>
    /// Holds a share of the pictures out, which follow from the seed and the names of their files alone: the same on every machine and in every
    /// run, and those of <see cref="DataSplitter"/>. The share of each class is held out, of pictures with segments by the rarest class in them, and of
    /// a class with several pictures at least one stays on each side.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="data">Rows with the paths of pictures, which a loader of this library gives; they are read once for this.</param>
    /// <param name="testFraction">The share that is held out, above 0 and below 1.</param>
    /// <param name="seed">Decides which pictures are held out.</param>
    /// <param name="labelColumnName">The column of labels: one for a picture, text or a key, or a vector of keys, as of segments; other types do not count.</param>
    /// <param name="imageColumnName">The text column of the pictures' paths. Rows of one path stay together.</param>
    /// <returns>The other rows, and the rows that are held out; both in the order of the data.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is none, or a column is missing or has a wrong type.</exception>
    public static DataOperationsCatalog.TrainTestData SplitPictures(
        this DataOperationsCatalog catalog, IDataView data, double testFraction = 0.2, int seed = 1, string labelColumnName = "Label", string imageColumnName = "Image")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        if (testFraction is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(testFraction), testFraction, "Expected a share above 0 and below 1.");
        }

        List<(string Path, string Label)> rows = Read(data, labelColumnName, imageColumnName);
        IReadOnlyList<string> parts = DataSplitter.Assign(rows, [(Rest, 1 - testFraction), (Held, testFraction)], seed);
        bool[] isHeld = [.. parts.Select(part => part == Held)];
        return new DataOperationsCatalog.TrainTestData(new SelectedRowsView(data, [.. isHeld.Select(one => !one)]), new SelectedRowsView(data, isHeld));
    }

    /// <summary>The parts of a cross-validation, of each class about as large; each picture is in one.</summary>
    internal static IReadOnlyList<DataOperationsCatalog.TrainTestData> SplitFolds(IDataView data, int folds, int seed)
    {
        IReadOnlyList<int> foldOf = DataSplitter.AssignFolds(Read(data, "Label", "Image"), folds, seed);
        return [.. Enumerable.Range(0, folds).Select(fold =>
        {
            bool[] isHeld = [.. foldOf.Select(one => one == fold)];
            return new DataOperationsCatalog.TrainTestData(new SelectedRowsView(data, [.. isHeld.Select(one => !one)]), new SelectedRowsView(data, isHeld));
        })];
    }

    private static List<(string Path, string Label)> Read(IDataView data, string labelColumnName, string imageColumnName)
    {
        DataViewSchema.Column image = data.Schema.GetColumnOrNull(imageColumnName) ?? throw SchemaMismatch.Missing("image", imageColumnName, "paths of pictures", data.Schema);
        if (image.Type is not TextDataViewType)
        {
            throw SchemaMismatch.WrongType("image", imageColumnName, "text: paths of pictures", image.Type.ToString()!);
        }

        DataViewSchema.Column label = data.Schema.GetColumnOrNull(labelColumnName) ?? throw SchemaMismatch.Missing("label", labelColumnName, "labels", data.Schema);
        using DataViewRowCursor cursor = data.GetRowCursor([image, label]);
        ValueGetter<ReadOnlyMemory<char>> path = cursor.GetGetter<ReadOnlyMemory<char>>(image);
        ReadOnlyMemory<char> text = default;
        if (label.Type is VectorDataViewType { ItemType: KeyDataViewType { RawType: var type } } && type == typeof(uint))
        {
            return ReadSegments();
        }

        var rows = new List<(string, string)>();
        Func<string> readLabel = LabelOf(cursor, label);
        while (cursor.MoveNext())
        {
            path(ref text);
            rows.Add((text.ToString(), readLabel()));
        }

        return rows;

        List<(string Path, string Label)> ReadSegments()
        {
            var pictures = new List<(string Path, int[] Classes)>();
            ValueGetter<VBuffer<uint>> keys = cursor.GetGetter<VBuffer<uint>>(label);
            VBuffer<uint> found = default;
            while (cursor.MoveNext())
            {
                path(ref text);
                keys(ref found);
                pictures.Add((text.ToString(), [.. found.DenseValues().Where(key => key > 0).Select(key => (int)key - 1).Distinct()]));
            }

            IReadOnlyList<string> groups = DataSplitter.RarestClasses([.. pictures.Select(picture => picture.Classes)]);
            return [.. pictures.Select((picture, i) => (picture.Path, groups[i]))];
        }
    }

    private static Func<string> LabelOf(DataViewRow row, DataViewSchema.Column label)
    {
        switch (label.Type)
        {
            case TextDataViewType:
                ValueGetter<ReadOnlyMemory<char>> name = row.GetGetter<ReadOnlyMemory<char>>(label);
                ReadOnlyMemory<char> text = default;
                return () =>
                {
                    name(ref text);
                    return text.ToString();
                };
            case KeyDataViewType { RawType: var raw } when raw == typeof(uint):
                ValueGetter<uint> key = row.GetGetter<uint>(label);
                uint value = 0;
                return () =>
                {
                    key(ref value);
                    return value.ToString(System.Globalization.CultureInfo.InvariantCulture);
                };
            default:
                return () => string.Empty;
        }
    }
}
