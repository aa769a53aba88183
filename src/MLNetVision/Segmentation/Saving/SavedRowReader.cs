using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Saving;
using MLNetVision.Imaging.Masks;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Segmentation.Evaluation;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Segmentation.Saving;

/// <summary>Reads the universal rows of a data view, one at a time, for the writers.</summary>
internal sealed class SavedRowReader
{
    private readonly IDataView _data;
    private readonly AnnotationSaveOptions _options;
    private readonly DataViewSchema.Column _image;
    private readonly DataViewSchema.Column? _id;
    private readonly ImageSizes _size;
    private readonly SegmentVector<uint> _label;
    private readonly SegmentVector<ReadOnlyMemory<char>>? _masks;
    private readonly SegmentVector<float>? _boxes;
    private readonly SegmentVector<float>? _score;
    private readonly SegmentVector<bool>? _isCrowd;
    private readonly SegmentVector<double>? _area;

    /// <param name="data">The rows.</param>
    /// <param name="options">Which columns.</param>
    /// <param name="needsMasks">Whether boxes alone are too little.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    public SavedRowReader(IDataView data, AnnotationSaveOptions options, bool needsMasks)
    {
        (_data, _options) = (data, options);
        DataViewSchema schema = data.Schema;
        _image = schema.GetColumnOrNull(options.ImageColumnName) ?? throw SchemaMismatch.Missing("image", options.ImageColumnName, "text (a path)", schema);
        if (_image.Type is not TextDataViewType)
        {
            throw SchemaMismatch.WrongType("image", _image.Name, "text (a path)", _image.Type.ToString()!);
        }

        _id = schema.GetColumnOrNull(SegmentationColumns.ImageId) is { } id && id.Type.RawType == typeof(long) ? id : null;
        _size = ImageSizes.Find(schema, SegmentationColumns.ImageSize);
        _label = SegmentVector<uint>.Require(schema, options.LabelColumnName, "label", "a vector of keys");
        _boxes = needsMasks ? null : SegmentVector<float>.Find(schema, options.BoundingBoxesColumnName, "bounding boxes", SegmentSide.BoxesExpected, SegmentSide.CornersPerBox);
        _masks = _boxes is null
            ? SegmentVector<ReadOnlyMemory<char>>.Require(schema, options.MasksColumnName, "masks", SegmentSide.MasksExpected)
            : SegmentVector<ReadOnlyMemory<char>>.Find(schema, options.MasksColumnName, "masks", SegmentSide.MasksExpected);
        _score = options.ScoreColumnName is null ? null : SegmentVector<float>.Require(schema, options.ScoreColumnName, "score", "a vector of Single");
        bool isTruth = options.ScoreColumnName is null;
        _isCrowd = isTruth ? SegmentVector<bool>.Find(schema, SegmentationColumns.IsCrowd, "crowd", SegmentSide.CrowdExpected) : null;
        _area = isTruth ? SegmentVector<double>.Find(schema, SegmentationColumns.Area, "area", "a vector of Double") : null;
    }

    /// <summary>The rows whose picture could not be read. They have their truth, and no prediction.</summary>
    public NamedRows Unreadable { get; } = new();

    /// <summary>The classes; a class's key is its place here, from 1.</summary>
    public IReadOnlyList<SegmentationClass> Classes()
    {
        DataViewSchema.Column label = _label.Column;
        string[] names = KeyNames.Of(label)?.ToText().ToArray()
            ?? [.. Enumerable.Range(1, label.Type.GetItemType() is KeyDataViewType key ? (int)key.Count : 0).Select(i => $"class {i}")];
        bool[]? flags = ThingFlags.Of(label);
        return [.. names.Select((name, i) => new SegmentationClass(name, flags is null || flags.Length == 0 || flags.ElementAtOrDefault(i)))];
    }

    public IEnumerable<SavedRow> Rows()
    {
        IEnumerable<DataViewSchema.Column> needed =
            new[] { _image, _id, _label.Column, _masks?.Column, _boxes?.Column, _score?.Column, _isCrowd?.Column, _area?.Column }.OfType<DataViewSchema.Column>().Concat(_size.Columns);
        using DataViewRowCursor cursor = _data.GetRowCursor(needed);
        ValueGetter<ReadOnlyMemory<char>> image = cursor.GetGetter<ReadOnlyMemory<char>>(_image);
        ValueGetter<long>? idGetter = _id is { } column ? cursor.GetGetter<long>(column) : null;
        Func<string, ((int Height, int Width) Visible, (int Height, int Width) Truth)> size = _size.CreateReader(cursor);
        Func<int?, string, uint[]> labels = _label.CreateReader(cursor);
        Func<int?, string, ReadOnlyMemory<char>[]>? masks = _masks?.CreateReader(cursor);
        Func<int?, string, float[]>? boxes = _boxes?.CreateReader(cursor);
        Func<int?, string, float[]>? scores = _score?.CreateReader(cursor);
        Func<int?, string, bool[]>? crowds = _isCrowd?.CreateReader(cursor);
        Func<int?, string, double[]>? areas = _area?.CreateReader(cursor);
        var ids = new Dictionary<long, string>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        while (cursor.MoveNext())
        {
            string row = $"Row {cursor.Position}";
            ReadOnlyMemory<char> path = default;
            image(ref path);
            long id = cursor.Position + 1;
            idGetter?.Invoke(ref id);
            string fileName = FileName(path.ToString(), row);
            CheckNew(ids, id, row, $"image id {id}, as '{_id?.Name}' has it; ids must differ, or the column be dropped");
            CheckNew(names, fileName, row, $"file name '{fileName}'; {nameof(AnnotationSaveOptions)}.{nameof(AnnotationSaveOptions.ImageFolder)} keeps folders apart");
            ((int Height, int Width) predicted, (int Height, int Width) truth) = size(row);
            if (predicted == default)
            {
                Unreadable.Add($"{row} ('{fileName}'): the picture could not be read");
            }

            // An image without its sides is none to other programs; what it has not is missed.
            (int height, int width) = predicted == default || _options.ScoreColumnName is null ? truth : predicted;
            if ((height, width) == default)
            {
                continue;
            }

            uint[] keys = labels(null, row);
            ReadOnlyMemory<char>[]? texts = masks?.Invoke(keys.Length, row);
            float[]? corners = boxes?.Invoke(keys.Length, row);
            float[]? score = scores?.Invoke(keys.Length, row);
            bool[]? isCrowd = crowds?.Invoke(keys.Length, row);
            double[]? area = areas?.Invoke(keys.Length, row);
            List<SavedSegment> segments = [.. Enumerable.Range(0, keys.Length).Where(i => keys[i] > 0).Select(i =>
            {
                RunLengthMask? mask = texts is null ? null : SegmentSide.ReadMask(texts[i], _masks!.Column.Name, i, height, width, row);
                BoundingBox box = corners is null ? mask!.Box : BoundingBox.FromCorners(corners[4 * i], corners[4 * i + 1], corners[4 * i + 2], corners[4 * i + 3]);
                return new SavedSegment((int)keys[i] - 1, mask, box, score?[i], isCrowd?[i] ?? false, area?[i] ?? mask?.Area ?? box.Width * box.Height);
            })];
            yield return new SavedRow(path.ToString(), fileName, id, height, width, segments);
        }
    }

    private static void CheckNew<T>(Dictionary<T, string> rows, T value, string row, string what)
        where T : notnull
    {
        if (!rows.TryAdd(value, row))
        {
            throw new InvalidDataException($"{rows[value]} and {row} have the same {what}.");
        }
    }

    private string FileName(string path, string row)
    {
        if (_options.ImageFolder is null)
        {
            return Path.GetFileName(path);
        }

        string name = Path.GetRelativePath(_options.ImageFolder, path).Replace('\\', '/');
        return name.Split('/')[0] != ".." && !Path.IsPathRooted(name)
            ? name
            : throw new InvalidDataException($"{row}: the picture '{path}' lies outside of the image folder '{_options.ImageFolder}'.");
    }
}
