using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Devices;
using MLNetVision.Imaging.Segments;
using MLNetVision.Labels;
using MLNetVision.Scoring;
using MLNetVision.Segmentation;
using static TorchSharp.torch;

namespace MLNetVision.Mask2Former;

/// <summary>
/// Finds segments in pictures of any size with Mask2Former and adds them as the predicted columns of
/// <see cref="SegmentationColumns"/>: ImageSize, PredictedLabel, PredictedMasks, Score and PredictedBoundingBoxes. It is lazy
/// (a cursor that reads none of them runs no network; masks become text only where they are read) and may be used from any
/// number of threads.
/// </summary>
/// <remarks>
/// A picture that cannot be read has no segments and the size 0 × 0; one warning counts them. Save it with
/// <c>mlContext.Model.Save</c>; <c>mlContext.Model.Load</c> brings it back without any registration.
/// </remarks>
public sealed class Mask2FormerTransformer : IPredictionTransformer<Mask2FormerModelParameters>, IDisposable
{
    /// <summary>The pictures that are decoded ahead together; the network takes them one by one.</summary>
    internal const int DefaultBatchSize = 4;

    private readonly Mask2FormerModelParameters _model;
    private readonly ImageScoring<SegmentationResult> _scoring;

    internal Mask2FormerTransformer(
        IHostEnvironment environment, Mask2FormerModelParameters model, ClassLabels labels, string imageColumnName, SegmentationScoringOptions options, int batchSize)
    {
        IHost host = environment.Register(nameof(Mask2FormerTransformer));
        _model = model;
        Labels = labels;
        ImageColumnName = imageColumnName;
        Options = options;
        Device device = TorchDevices.Select(host);
        EngineLog.Scoring(host, device, options.Precision);
        var scorer = new Mask2FormerScorer(model, new SegmentExtractor(options, labels.Names), device, options.Precision);
        _scoring = new ImageScoring<SegmentationResult>(host, imageColumnName, batchSize, scorer, SegmentationResultColumns.Create(labels, options.ThingClasses));
    }

    /// <summary>The column of pictures: images, bytes of picture files, or their paths.</summary>
    public string ImageColumnName { get; }

    /// <summary>How segments are made.</summary>
    public SegmentationScoringOptions Options { get; }

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames => Labels.Names;

    /// <summary>The network.</summary>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public Mask2FormerModelParameters Model
    {
        get
        {
            _scoring.Scorer.ThrowIfDisposed();
            return _model;
        }
    }

    /// <summary>True: each row is scored by itself.</summary>
    public bool IsRowToRowMapper => true;

    internal ClassLabels Labels { get; }

    internal int BatchSize => _scoring.BatchSize;

    /// <summary>The schema of scored data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _scoring.GetOutputSchema(inputSchema);

    /// <summary>Scores data when they are read. Nothing is read now.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IDataView Transform(IDataView input) => _scoring.Transform(input);

    /// <summary>Scores single rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => _scoring.GetRowToRowMapper(inputSchema);

    /// <summary>Frees the network after the last score that is under way. A second call does nothing.</summary>
    public void Dispose() => _scoring.Scorer.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => Mask2FormerModelFile.Save(ctx, this);
}
