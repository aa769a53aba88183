using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Segmentation.Evaluation;

/// <summary>
/// The size of a row's picture: as the visible column has it, and as the truth had it before a scorer's column of that name hid it. They
/// differ where the picture could not be read (0 × 0) or is another than the truth is for.
/// </summary>
internal sealed class ImageSizes
{
    private readonly SegmentVector<int> _visible;
    private readonly SegmentVector<int>? _hidden;

    private ImageSizes(SegmentVector<int> visible, SegmentVector<int>? hidden) => (_visible, _hidden) = (visible, hidden);

    public string Name => _visible.Column.Name;

    public IEnumerable<DataViewSchema.Column> Columns => _hidden is null ? [_visible.Column] : [_visible.Column, _hidden.Column];

    /// <exception cref="ArgumentOutOfRangeException">There is no such column, or it has another type.</exception>
    public static ImageSizes Find(DataViewSchema schema, string name)
    {
        SegmentVector<int> visible = SegmentVector<int>.Require(schema, name, "image size", EvaluationView.SizeExpected);
        DataViewSchema.Column[] hidden = [.. schema.Where(column => column.Name == name && column.IsHidden && column.Type is VectorDataViewType { ItemType.RawType: { } item } && item == typeof(int))];
        return new ImageSizes(visible, hidden.Length == 0 ? null : new SegmentVector<int>(hidden[^1], 1));
    }

    /// <summary>Reads the current row's sizes, given a name for the row.</summary>
    public Func<string, ((int Height, int Width) Visible, (int Height, int Width) Truth)> CreateReader(DataViewRow row)
    {
        Func<int?, string, int[]> visible = _visible.CreateReader(row);
        Func<int?, string, int[]>? hidden = _hidden?.CreateReader(row);
        return name =>
        {
            (int, int) seen = EvaluationView.ReadSize(visible(null, name), Name, name);
            return (seen, hidden is null ? seen : EvaluationView.ReadSize(hidden(null, name), Name, name));
        };
    }
}
