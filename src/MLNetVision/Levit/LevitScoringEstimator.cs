using MLNetVision.Imaging.Pictures;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Pipelines;
using MLNetVision.Scoring;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNetVision.Levit;

/// <summary>Scores pictures with a LeViT checkpoint, or takes their features from it; there is nothing to train.</summary>
public sealed class LevitScoringEstimator : ImageScoringEstimator<LevitTransformer>
{
    private readonly LevitCheckpoint _checkpoint;
    private readonly ClassLabels _labels;
    private readonly LevitOutputColumns _columns;
    private readonly ScoringPrecision _precision;
    private readonly ExifOrientation _orientation;

    internal LevitScoringEstimator(
        IHostEnvironment environment, string checkpoint, string imageColumnName, LevitOutputColumns columns, int batchSize, ScoringPrecision precision, ExifOrientation orientation,
        HubOptions? hub)
        : base(environment, imageColumnName, batchSize)
    {
        ArgumentNullException.ThrowIfNull(columns);
        columns.Validate();
        ScoringPrecisions.Check(precision);
        _checkpoint = LevitCheckpoint.Open(HostDownloads.Resolve(environment, checkpoint, hub));
        _labels = ClassLabels.Of(_checkpoint.Config.Labels);
        (_columns, _precision, _orientation) = (columns, precision, orientation);
    }

    private protected override LevitTransformer Load(IHostEnvironment environment, string imageColumnName, int batchSize) =>
        new(environment, LevitModelParameters.Of(_checkpoint, HostAccess.Warning(environment, "Checkpoint")), _labels, imageColumnName, _columns, batchSize, _precision, _orientation);

    private protected override SchemaShape GetOutputShape(SchemaShape input, string imageColumnName) => ImageScoring<LevitResult>.GetOutputShape(
        input, imageColumnName, LevitColumns.Create(_columns, _labels, _checkpoint.Config.HiddenSizes[^1]));
}
