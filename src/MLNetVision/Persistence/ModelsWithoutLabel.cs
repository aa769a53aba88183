using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Makes models for predicting out of trained ones.</summary>
public static class ModelsWithoutLabel
{
    /// <summary>
    /// The model without the steps that need its label, such as <c>MapValueToKey</c>: what is then asked of a prediction's input is
    /// the picture alone.
    /// </summary>
    /// <param name="catalog">The catalog of model operations.</param>
    /// <param name="model">A trained pipeline; the result shares its steps, and is disposed of with it.</param>
    /// <param name="inputSchema">The schema of the data that it was trained on, as <c>Model.Load</c> gives it too.</param>
    /// <param name="labelColumnName">The column that predictions do not have.</param>
    /// <exception cref="ArgumentException">Each step needs the label.</exception>
    public static ITransformer WithoutLabel(this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema inputSchema, string labelColumnName = "Label")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputSchema);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        var without = new DataViewSchema.Builder();
        foreach (DataViewSchema.Column column in inputSchema.Where(column => column.Name != labelColumnName && !column.IsHidden))
        {
            without.AddColumn(column.Name, column.Type, column.Annotations);
        }

        DataViewSchema schema = without.ToSchema();
        var steps = new List<ITransformer>();
        foreach (ITransformer step in Steps(model))
        {
            if (After(step, schema) is { } next)
            {
                steps.Add(step);
                schema = next;
            }
        }

        return steps.Count > 0
            ? new TransformerChain<ITransformer>([.. steps])
            : throw new ArgumentException($"Each step of the model needs the column '{labelColumnName}'; is it the label?", nameof(model));
    }

    // A step says what it lacks by refusing the schema.
    private static DataViewSchema? After(ITransformer step, DataViewSchema schema)
    {
        try
        {
            return step.GetOutputSchema(schema);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static IEnumerable<ITransformer> Steps(ITransformer model) => model is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [model];
}
