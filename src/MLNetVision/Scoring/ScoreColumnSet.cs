using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Scoring;

/// <summary>The number by which ML.NET tells the columns of one scorer from those of another in the same data.</summary>
internal readonly record struct ScoreColumnSet(uint Id)
{
    private const string IdKind = "ScoreColumnSetId";
    private static readonly KeyDataViewType IdType = new(typeof(uint), int.MaxValue);

    /// <summary>The first number that no column of a schema has.</summary>
    public static ScoreColumnSet After(DataViewSchema? schema)
    {
        uint last = 0;
        foreach (DataViewSchema.Column column in schema ?? Enumerable.Empty<DataViewSchema.Column>())
        {
            if (column.Annotations.Schema.GetColumnOrNull(IdKind) is { Type: KeyDataViewType { RawType: { } raw } } && raw == typeof(uint))
            {
                uint id = 0;
                column.Annotations.GetValue(IdKind, ref id);
                last = Math.Max(last, id);
            }
        }

        return new ScoreColumnSet(last + 1);
    }

    /// <summary>Adds what marks a column of a classifier.</summary>
    /// <param name="builder">The column's annotations.</param>
    /// <param name="valueKind">"Score" or "PredictedLabel".</param>
    public void Annotate(DataViewSchema.Annotations.Builder builder, string valueKind)
    {
        builder.AddPrimitiveValue(IdKind, IdType, Id);
        builder.AddPrimitiveValue("ScoreColumnKind", TextDataViewType.Instance, "MulticlassClassification".AsMemory());
        builder.AddPrimitiveValue("ScoreValueKind", TextDataViewType.Instance, valueKind.AsMemory());
    }
}
