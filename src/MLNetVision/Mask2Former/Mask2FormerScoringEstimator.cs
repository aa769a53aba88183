using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Segments;
using MLNetVision.Labels;
using MLNetVision.Scoring;

namespace MLNetVision.Mask2Former;

/// <summary>Segments pictures with a Mask2Former checkpoint; there is nothing to train.</summary>
public sealed class Mask2FormerScoringEstimator : IEstimator<Mask2FormerTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly Mask2FormerCheckpoint _checkpoint;
    private readonly ClassLabels _labels;
    private readonly string _imageColumnName;
    private readonly SegmentationScoringOptions _options;
    private readonly int _batchSize;

    internal Mask2FormerScoringEstimator(
        IHostEnvironment environment, string checkpoint, string imageColumnName, SegmentationScoringOptions options, int batchSize)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageColumnName);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        _environment = environment;
        _checkpoint = Mask2FormerCheckpoint.Open(checkpoint);
        _labels = ClassLabels.Of(_checkpoint.Config.Labels);
        options.Validate(_labels.Names);
        (_imageColumnName, _options, _batchSize) = (imageColumnName, options, batchSize);
    }

    /// <summary>Loads the weights. No data are read.</summary>
    /// <param name="input">Data with the image column.</param>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    /// <exception cref="InvalidDataException">The weights are broken.</exception>
    public Mask2FormerTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Images.ImageColumn.Find(input.Schema, _imageColumnName);
        return new Mask2FormerTransformer(_environment, _checkpoint.LoadModel(), _labels, _imageColumnName, _options, _batchSize);
    }

    /// <summary>The shape of scored data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        ImageScoring<SegmentationResult>.GetOutputShape(inputSchema, _imageColumnName, SegmentationResultColumns.Create(_labels, _options.ThingClasses));
}
