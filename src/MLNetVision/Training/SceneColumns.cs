using Microsoft.ML;
using MLNetVision.Images;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Segmentation;
using MLNetVision.Segmentation.Evaluation;

namespace MLNetVision.Training;

/// <summary>A row of training data.</summary>
internal sealed record SceneRow(ImageSource Picture, IReadOnlyList<Segment> Truth);

/// <summary>The columns of pictures and true segments, found and checked before a row is read.</summary>
internal sealed class SceneColumns
{
    private readonly ImageColumn _image;
    private readonly SegmentSide _truth;
    private readonly SegmentVector<int> _size;

    private SceneColumns(ImageColumn image, SegmentSide truth, SegmentVector<int> size) => (_image, _truth, _size) = (image, truth, size);

    public DataViewSchema.Column Label => _truth.Label.Column;

    /// <summary>How the labels of validation data are matched; null for training data.</summary>
    public ValidationClasses? Classes => _truth.Label.Classes;

    /// <summary>Whether a class that only validation data have has countable objects; it has where nothing says.</summary>
    public bool IsThing(int index) => ThingFlags.Of(Label) is not { } flags || Classes!.KeyOf(index) is not (>= 0 and var key) || flags[key];

    public IEnumerable<DataViewSchema.Column> All => _truth.Columns.Append(_image.Column).Append(_size.Column).DistinctBy(column => column.Index);

    /// <summary>Finds the columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type.</exception>
    public static SceneColumns Find(DataViewSchema schema, string imageColumnName, SegmentationEvaluationOptions names, ExifOrientation orientation) => new(
        ImageColumn.Find(schema, imageColumnName, orientation),
        SegmentSide.OfTruthWithoutAreas(schema, names, EvaluationNeeds.Segments),
        SegmentVector<int>.Require(schema, names.ImageSizeColumnName, "image size", EvaluationView.SizeExpected));

    /// <summary>Finds those of validation data, whose labels may be texts or keys in another order than the training data's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, has a wrong type or other classes.</exception>
    public static SceneColumns FindValidation(IDataView data, string imageColumnName, SegmentationEvaluationOptions names, ExifOrientation orientation, ClassLabels labels) => new(
        ImageColumn.Find(data.Schema, imageColumnName, orientation),
        SegmentSide.OfValidation(data, names, labels),
        SegmentVector<int>.Require(data.Schema, names.ImageSizeColumnName, "image size", EvaluationView.SizeExpected));

    /// <summary>Checks the columns that must be there in the shape of a schema, but for the label.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type.</exception>
    public static void Check(SchemaShape shape, string imageColumnName, SegmentationEvaluationOptions names)
    {
        ImageColumn.Check(shape, imageColumnName);
        SegmentVector<ReadOnlyMemory<char>>.Check(shape, names.MasksColumnName, "masks", SegmentSide.MasksExpected);
        SegmentVector<int>.Check(shape, names.ImageSizeColumnName, "image size", EvaluationView.SizeExpected);
        if (SchemaShapes.Find(shape, names.IsCrowdColumnName) is not null)
        {
            SegmentVector<bool>.Check(shape, names.IsCrowdColumnName, "crowd", SegmentSide.CrowdExpected);
        }
    }

    /// <summary>Reads the cursor's current row; throws an <see cref="InvalidDataException"/> that names the row if it is broken.</summary>
    public Func<SceneRow> CreateReader(DataViewRow row)
    {
        Func<ImageSource?> picture = _image.CreateReader(row);
        Func<int, int, string, IReadOnlyList<Segment>> truth = _truth.CreateReader(row);
        Func<int?, string, int[]> size = _size.CreateReader(row);
        return () =>
        {
            string name = $"Row {row.Position}";
            (int height, int width) = EvaluationView.ReadSize(size(null, name), _size.Column.Name, name);
            return new SceneRow(picture() ?? throw new InvalidDataException($"{name}: column '{_image.Column.Name}' has no picture."), truth(height, width, name));
        };
    }
}
