using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Images;

namespace MLNetVision.Scoring;

/// <summary>Scores pictures with a checkpoint as it is; there is nothing to train.</summary>
/// <typeparam name="TTransformer">What scores.</typeparam>
public abstract class ImageScoringEstimator<TTransformer> : IEstimator<TTransformer>
    where TTransformer : class, ITransformer
{
    private readonly IHostEnvironment _environment;
    private readonly string _imageColumnName;
    private readonly int _batchSize;

    private protected ImageScoringEstimator(IHostEnvironment environment, string imageColumnName, int batchSize)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageColumnName);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        (_environment, _imageColumnName, _batchSize) = (environment, imageColumnName, batchSize);
    }

    /// <summary>Loads the weights. No data are read.</summary>
    /// <param name="input">Data with the image column.</param>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    /// <exception cref="InvalidDataException">The weights are broken.</exception>
    public TTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ImageColumn.Find(input.Schema, _imageColumnName);
        return Load(_environment, _imageColumnName, _batchSize);
    }

    /// <summary>The shape of scored data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => GetOutputShape(inputSchema, _imageColumnName);

    private protected abstract TTransformer Load(IHostEnvironment environment, string imageColumnName, int batchSize);

    private protected abstract SchemaShape GetOutputShape(SchemaShape input, string imageColumnName);
}
