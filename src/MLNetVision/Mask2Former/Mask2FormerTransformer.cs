using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Devices;
using MLNetVision.Imaging.Segments;
using MLNetVision.Labels;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Pipelines;
using MLNetVision.Scoring;
using MLNetVision.Segmentation;

namespace MLNetVision.Mask2Former;

/// <summary>
/// Finds segments in pictures of any size with Mask2Former and adds them as the predicted columns of
/// <see cref="SegmentationColumns"/>: ImageSize, PredictedLabel, PredictedClass, PredictedMasks, Score and PredictedBoundingBoxes. It is lazy
/// (a cursor that reads none of them runs no network; masks become text only where they are read) and may be used from any
/// number of threads.
/// </summary>
/// <remarks>
/// A picture that cannot be read has no segments and the size 0 × 0; one warning counts them. Save it with
/// <c>mlContext.Model.Save</c>; <c>mlContext.Model.Load</c> brings it back without any registration.
/// </remarks>
public sealed class Mask2FormerTransformer : ImageScoringTransformer<Mask2FormerModelParameters>
{
    /// <summary>The pictures that are decoded ahead together; the network takes them one by one.</summary>
    internal const int DefaultBatchSize = Mask2FormerSegmenter.BatchSize;

    internal Mask2FormerTransformer(
        IHostEnvironment environment, Mask2FormerModelParameters model, ClassLabels labels, string imageColumnName, SegmentationScoringOptions options, int batchSize)
        : base(model, model.Training, labels, imageColumnName, CreateScoring(environment, model, labels, imageColumnName, options, batchSize)) => Options = options;

    /// <summary>How segments are made.</summary>
    public SegmentationScoringOptions Options { get; }

    private protected override void Save(ModelSaveContext context) => Mask2FormerModelFile.Save(context, this);

    private static ImageScoring<SegmentationResult> CreateScoring(
        IHostEnvironment environment, Mask2FormerModelParameters model, ClassLabels labels, string imageColumnName, SegmentationScoringOptions options, int batchSize)
    {
        IHost host = environment.Register(nameof(Mask2FormerTransformer));
        EngineChoice engine = HostEngines.ForScoring(host, options.Precision, Mask2FormerScoringEngine.HasLibTorchForm);
        var scorer = new Mask2FormerScorer(model, new SegmentExtractor(options, labels.Names), engine, DisposedTransformer.Owner(typeof(Mask2FormerTransformer), imageColumnName));
        return new ImageScoring<SegmentationResult>(host, imageColumnName, batchSize, scorer, SegmentationResultColumns.Create(labels, options.ThingClasses), options.Orientation);
    }
}
