using Microsoft.ML.Data;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Internals;
using MLNetVision.Loading;

namespace Microsoft.ML;

/// <summary>Divides labelled pictures into training and validation data.</summary>
public static class PictureSplitCatalog
{
    /// <summary>
    /// Holds a share of the pictures out, which follow from the seed and the names of their files alone: the same on every machine and in every
    /// run. Of pictures with one label the share of each class is held out, and of a class with several pictures at least one stays on each side.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="data">Rows with the paths of pictures, which a loader of this library gives; they are read once for this.</param>
    /// <param name="testFraction">The share that is held out, above 0 and below 1.</param>
    /// <param name="seed">Decides which pictures are held out.</param>
    /// <param name="labelColumnName">The column of labels: one for a picture, text or a key; a vector of labels, as of segments, does not count.</param>
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
        HashSet<string> held = new(StringComparer.Ordinal);
        foreach (IGrouping<string, string> pictures in rows.DistinctBy(row => row.Path).GroupBy(row => row.Label, row => row.Path, StringComparer.Ordinal))
        {
            string[] ordered = [.. pictures.OrderBy(path => Order(path, seed)).ThenBy(path => path, StringComparer.Ordinal)];
            int count = ordered.Length < 2 ? 0 : Math.Clamp((int)Math.Round(testFraction * ordered.Length), 1, ordered.Length - 1);
            held.UnionWith(ordered[..count]);
        }

        bool[] isHeld = [.. rows.Select(row => held.Contains(row.Path))];
        return new DataOperationsCatalog.TrainTestData(new SelectedRowsView(data, [.. isHeld.Select(one => !one)]), new SelectedRowsView(data, isHeld));
    }

    private static List<(string Path, string Label)> Read(IDataView data, string labelColumnName, string imageColumnName)
    {
        DataViewSchema.Column image = data.Schema.GetColumnOrNull(imageColumnName) ?? throw SchemaMismatch.Missing("image", imageColumnName, "paths of pictures");
        if (image.Type is not TextDataViewType)
        {
            throw SchemaMismatch.WrongType("image", imageColumnName, "text: paths of pictures", image.Type.ToString()!);
        }

        DataViewSchema.Column label = data.Schema.GetColumnOrNull(labelColumnName) ?? throw SchemaMismatch.Missing("label", labelColumnName, "labels");
        var rows = new List<(string, string)>();
        using DataViewRowCursor cursor = data.GetRowCursor([image, label]);
        ValueGetter<ReadOnlyMemory<char>> path = cursor.GetGetter<ReadOnlyMemory<char>>(image);
        Func<string> readLabel = LabelOf(cursor, label);
        ReadOnlyMemory<char> text = default;
        while (cursor.MoveNext())
        {
            path(ref text);
            rows.Add((text.ToString(), readLabel()));
        }

        return rows;
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

    // The file and its folder: the rest of the path is another on each machine. FNV-1a, mixed.
    private static ulong Order(string path, int seed)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char c in string.Join('/', path.Split('/', '\\').TakeLast(2)))
        {
            hash = (hash ^ c) * 0x100000001B3;
        }

        return SplitMix64.Mix(hash + SplitMix64.Increment * (uint)seed);
    }
}
