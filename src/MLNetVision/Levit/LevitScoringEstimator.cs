using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Labels;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Scoring;

namespace MLNetVision.Levit;

/// <summary>Scores pictures with a LeViT checkpoint, or takes their features from it; there is nothing to train.</summary>
public sealed class LevitScoringEstimator : IEstimator<LevitTransformer>
{
    private readonly Microsoft.ML.Runtime.IHostEnvironment _environment;
    private readonly LevitCheckpoint _checkpoint;
    private readonly ClassLabels _labels;
    private readonly string _imageColumnName;
    private readonly LevitOutputColumns _columns;
    private readonly int _batchSize;
    private readonly ScoringPrecision _precision;

    internal LevitScoringEstimator(
        Microsoft.ML.Runtime.IHostEnvironment environment, string checkpoint, string imageColumnName, LevitOutputColumns columns, int batchSize,
        ScoringPrecision precision)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentException.ThrowIfNullOrEmpty(imageColumnName);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        columns.Validate();
        ScoringPrecisions.Check(precision);
        _environment = environment;
        _checkpoint = LevitCheckpoint.Open(checkpoint);
        _labels = ClassLabels.Of(_checkpoint.Config.Labels);
        _imageColumnName = imageColumnName;
        _columns = columns;
        _batchSize = batchSize;
        _precision = precision;
    }

    /// <summary>Loads the weights. No data are read.</summary>
    /// <param name="input">Data with the image column.</param>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    /// <exception cref="InvalidDataException">The weights are broken.</exception>
    public LevitTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Images.ImageColumn.Find(input.Schema, _imageColumnName);
        return new LevitTransformer(_environment, _checkpoint.LoadModel(), _labels, _imageColumnName, _columns, _batchSize, _precision);
    }

    /// <summary>The shape of scored data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => ImageScoring<LevitRowResult>.GetOutputShape(
        inputSchema, _imageColumnName, LevitColumns.Create(_columns, _labels, _checkpoint.Config.HiddenSizes[^1]));
}
