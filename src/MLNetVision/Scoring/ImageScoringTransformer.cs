using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Labels;
using MLNetVision.Models.Training.Records;

namespace MLNetVision.Scoring;

/// <summary>
/// Scores pictures with a network: in batches over a data view, row by row in a prediction engine. It is lazy (a cursor that
/// reads no scored column runs no network) and may be used from any number of threads.
/// </summary>
/// <typeparam name="TModel">The network with its settings.</typeparam>
/// <remarks>
/// Save it with <c>mlContext.Model.Save</c>; <c>mlContext.Model.Load</c> brings it back without any registration.
/// </remarks>
public abstract class ImageScoringTransformer<TModel> : IPredictionTransformer<TModel>, IDisposable
    where TModel : class
{
    private readonly TModel _model;
    private readonly IImageScoring _scoring;

    private protected ImageScoringTransformer(TModel model, TrainingRecord? training, ClassLabels labels, string imageColumnName, IImageScoring scoring)
    {
        (_model, _scoring) = (model, scoring);
        (Training, Labels, ImageColumnName) = (training, labels, imageColumnName);
    }

    /// <summary>The column of pictures: images, bytes of picture files, or their paths.</summary>
    public string ImageColumnName { get; }

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames => Labels.Names;

    /// <summary>
    /// What the training measured: its history, the best point, skipped pictures, settings, versions. It is saved with the model. Null where
    /// there was none (a checkpoint) or a file of an older version did not keep it.
    /// </summary>
    public TrainingRecord? Training { get; }

    /// <summary>The network.</summary>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public TModel Model
    {
        get
        {
            _scoring.ThrowIfDisposed();
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
    public void Dispose()
    {
        _scoring.Dispose();
        GC.SuppressFinalize(this);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => Save(ctx);

    private protected abstract void Save(ModelSaveContext context);
}
