using MLNetVision.Imaging.Files;

namespace Microsoft.ML;

/// <summary>Saves models so that a full disk or a killed process costs nothing that was there.</summary>
public static class ModelSaving
{
    /// <summary>
    /// Saves a model in ML.NET's form, which <c>Model.Load</c> reads: written beside the file, brought to the disk, and then moved
    /// into its place. Readers see the old model or the new one, and where the disk is full the old one stays.
    /// </summary>
    /// <remarks>
    /// <c>Model.Save</c> with a path writes over the file from its beginning: when the disk is full it throws an <see cref="IOException"/> too, but
    /// what the file held is lost, and what it then holds is a part of a model, which <c>Model.Load</c> refuses.
    /// </remarks>
    /// <param name="catalog">The catalog of model operations.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputSchema">The schema of the model's input; null for none.</param>
    /// <param name="path">The file; its folder is made if need be.</param>
    /// <exception cref="IOException">The file cannot be written; what was there is unchanged.</exception>
    public static void SaveModel(this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema? inputSchema, string path)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => catalog.Save(model, inputSchema, stream));
    }
}
