using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Scoring;

/// <summary>What a transformer that scores pictures is asked, whatever its results are.</summary>
internal interface IImageScoring : IDisposable
{
    int BatchSize { get; }

    /// <inheritdoc cref="ITransformer.GetOutputSchema"/>
    DataViewSchema GetOutputSchema(DataViewSchema input);

    /// <inheritdoc cref="ITransformer.Transform"/>
    IDataView Transform(IDataView input);

    /// <inheritdoc cref="ITransformer.GetRowToRowMapper"/>
    IRowToRowMapper GetRowToRowMapper(DataViewSchema input);

    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    void ThrowIfDisposed();
}
