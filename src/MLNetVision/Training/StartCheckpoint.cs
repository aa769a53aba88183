using Microsoft.ML;
using MLNetVision.Models.Common.Pretrained;

namespace MLNetVision.Training;

/// <summary>A checkpoint to start from; what is made for it on the disk goes with it.</summary>
internal sealed class StartCheckpoint : IDisposable
{
    private readonly string? _ownFolder;

    private StartCheckpoint(PretrainedSource source, string? ownFolder) => (Source, _ownFolder) = (source, ownFolder);

    /// <summary>Where it lies.</summary>
    public PretrainedSource Source { get; }

    /// <summary>A checkpoint as it lies; of an ML.NET model file that of its network.</summary>
    /// <param name="source">The checkpoint or model file.</param>
    /// <param name="save">Writes the network of a transformer as a checkpoint folder.</param>
    /// <exception cref="InvalidDataException">The model file has no such network.</exception>
    public static StartCheckpoint Of<T>(PretrainedSource source, Action<T, string> save)
        where T : class, ITransformer
    {
        if (source.Kind != PretrainedSourceKind.MLNetModelFile)
        {
            return new StartCheckpoint(source, null);
        }

        ITransformer model = new MLContext().Model.Load(source.Path, out _);
        try
        {
            T network = Find<T>(model) ?? throw new InvalidDataException($"The model file '{source.Name}' has no {typeof(T).Name}; it has {Describe(model)}.");
            return Save(network, save);
        }
        finally
        {
            (model as IDisposable)?.Dispose();
        }
    }

    /// <summary>The network of a transformer, or of the last one of its kind in a chain.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static StartCheckpoint Of<T>(ITransformer model, Action<T, string> save)
        where T : class, ITransformer =>
        Save(Find<T>(model) ?? throw new ArgumentException($"The transformer to start from has no {typeof(T).Name}; it has {Describe(model)}."), save);

    public void Dispose()
    {
        if (_ownFolder is not null)
        {
            Directory.Delete(_ownFolder, recursive: true);
        }
    }

    private static StartCheckpoint Save<T>(T network, Action<T, string> save)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"mlnetvision-{Guid.NewGuid():N}");
        try
        {
            save(network, folder);
            return new StartCheckpoint(PretrainedSource.Resolve(folder), folder);
        }
        catch
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            throw;
        }
    }

    private static T? Find<T>(ITransformer model)
        where T : class, ITransformer => Parts(model).OfType<T>().LastOrDefault();

    private static string Describe(ITransformer model) => string.Join(", ", Parts(model).Select(part => part.GetType().Name));

    private static IEnumerable<ITransformer> Parts(ITransformer model) => model is IEnumerable<ITransformer> chain ? chain.SelectMany(Parts) : [model];
}
