using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Devices;
using MLNetVision.Labels;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Scoring;
using static TorchSharp.torch;

namespace MLNetVision.Levit;

/// <summary>
/// Classifies pictures with LeViT: in batches over a data view, row by row in a prediction engine. It is lazy (a cursor
/// that reads no scored column runs no network) and may be used from any number of threads.
/// </summary>
/// <remarks>
/// A picture that cannot be read gets NaN scores and the missing key; one warning counts them. Save it with
/// <c>mlContext.Model.Save</c>; <c>mlContext.Model.Load</c> brings it back without any registration.
/// </remarks>
public sealed class LevitTransformer : IPredictionTransformer<LevitModelParameters>, IDisposable
{
    /// <summary>The rows of a batch: the input of 32 pictures of 224×224 takes 19 MB.</summary>
    internal const int DefaultBatchSize = 32;

    private readonly LevitModelParameters _model;
    private readonly ImageScoring<LevitRowResult> _scoring;

    internal LevitTransformer(
        IHostEnvironment environment, LevitModelParameters model, ClassLabels labels, string imageColumnName, LevitOutputColumns columns, int batchSize,
        ScoringPrecision precision)
    {
        IHost host = environment.Register(nameof(LevitTransformer));
        _model = model;
        Labels = labels;
        ImageColumnName = imageColumnName;
        OutputColumns = columns;
        Precision = precision;
        Device device = TorchDevices.Select(host);
        EngineLog.Scoring(host, device, precision);
        _scoring = new ImageScoring<LevitRowResult>(
            host, imageColumnName, batchSize, new LevitScorer(model, columns, device, precision), LevitColumns.Create(columns, labels, model.Config.HiddenSizes[^1]));
    }

    /// <summary>The column of pictures: images, bytes of picture files, or their paths.</summary>
    public string ImageColumnName { get; }

    /// <summary>The columns that the transformer adds.</summary>
    public LevitOutputColumns OutputColumns { get; }

    /// <summary>In which numbers the network multiplies on the CPU; on a GPU it is <see cref="ScoringPrecision.Single"/> in any case.</summary>
    public ScoringPrecision Precision { get; }

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames => Labels.Names;

    /// <summary>The network.</summary>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public LevitModelParameters Model
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

    /// <summary>Scores data when they are read, a batch at a time. Nothing is read now.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IDataView Transform(IDataView input) => _scoring.Transform(input);

    /// <summary>Scores single rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => _scoring.GetRowToRowMapper(inputSchema);

    /// <summary>Frees the network after the last score that is under way. A second call does nothing.</summary>
    public void Dispose() => _scoring.Scorer.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => LevitModelFile.Save(ctx, this);
}
