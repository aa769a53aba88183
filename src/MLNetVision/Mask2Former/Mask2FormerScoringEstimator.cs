using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Pipelines;
using MLNetVision.Scoring;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNetVision.Mask2Former;

/// <summary>Segments pictures with a Mask2Former checkpoint; there is nothing to train.</summary>
public sealed class Mask2FormerScoringEstimator : ImageScoringEstimator<Mask2FormerTransformer>
{
    private readonly Mask2FormerCheckpoint _checkpoint;
    private readonly ClassLabels _labels;
    private readonly SegmentationScoringOptions _options;

    internal Mask2FormerScoringEstimator(
        IHostEnvironment environment, string checkpoint, string imageColumnName, SegmentationScoringOptions options, int batchSize, HubOptions? hub)
        : base(environment, imageColumnName, batchSize)
    {
        ArgumentNullException.ThrowIfNull(options);
        _checkpoint = Mask2FormerCheckpoint.Open(HostDownloads.Resolve(environment, checkpoint, hub));
        _labels = ClassLabels.Of(_checkpoint.Config.Labels);
        options.Validate(_labels.Names);
        _options = options;
    }

    private protected override Mask2FormerTransformer Load(IHostEnvironment environment, string imageColumnName, int batchSize) =>
        new(environment, new Mask2FormerModelParameters(_checkpoint.LoadModule(HostAccess.Warning(environment, "Checkpoint")), _checkpoint.Preprocessing), _labels, imageColumnName, _options, batchSize);

    private protected override SchemaShape GetOutputShape(SchemaShape input, string imageColumnName) =>
        ImageScoring<SegmentationResult>.GetOutputShape(input, imageColumnName, SegmentationResultColumns.Create(_labels, _options.ThingClasses));
}
