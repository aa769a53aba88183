using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Labels;

/// <summary>
/// The column that keys of the same name were made of. A value that was not among those of the training has become a missing key there;
/// here it still has its name.
/// </summary>
internal static class LabelSource
{
    /// <summary>The column; null where the keys hide none.</summary>
    public static DataViewSchema.Column? Of(DataViewSchema schema, DataViewSchema.Column keys)
    {
        // What is hidden may also be something else that was called so; the values of keys are of the type of what they were made of.
        DataViewType? values = KeyNames.Of(keys)?.ItemType;
        DataViewSchema.Column? source = null;
        foreach (DataViewSchema.Column column in schema)
        {
            if (column.Index != keys.Index && column.Name == keys.Name && column.Type.Equals(values) && KeyNameCodec.Find(column.Type) is not null)
            {
                source = column;
            }
        }

        return source;
    }

    /// <summary>Reads the name of the current row's label; empty where it has none.</summary>
    public static Func<string> CreateReader(DataViewRow row, DataViewSchema.Column source) => KeyNameCodec.Find(source.Type)!.CreateReader(row, source);
}
