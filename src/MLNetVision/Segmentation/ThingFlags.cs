using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Segmentation;

/// <summary>The annotation <see cref="SegmentationColumns.IsThing"/> of label columns.</summary>
internal static class ThingFlags
{
    /// <summary>Whether each class is a thing; null if the column does not say.</summary>
    public static bool[]? Of(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(SegmentationColumns.IsThing) is not { Type: VectorDataViewType { ItemType: BooleanDataViewType } })
        {
            return null;
        }

        VBuffer<bool> flags = default;
        column.Annotations.GetValue(SegmentationColumns.IsThing, ref flags);
        return [.. flags.DenseValues()];
    }
}
