using MLNetVision.Images;
using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.Scoring;

/// <summary>A model that makes one result of each picture; safe to call from several threads.</summary>
/// <typeparam name="TResult">
/// A row's result, in managed memory only: it may be kept after the scorer is disposed.
/// </typeparam>
internal interface IImageScorer<TResult> : IDisposable
    where TResult : class
{
    /// <summary>Makes what the model takes of a batch of pictures, without the model: it may be called while the model runs.</summary>
    /// <param name="sources">The pictures; null where a row has none.</param>
    /// <param name="unreadable">Records the pictures that cannot be read.</param>
    /// <exception cref="ObjectDisposedException">The scorer was disposed.</exception>
    IPreparedBatch<TResult> Prepare(ReadOnlySpan<ImageSource?> sources, UnreadableImages unreadable);

    /// <summary>Throws if the scorer was disposed.</summary>
    /// <exception cref="ObjectDisposedException">The scorer was disposed.</exception>
    void ThrowIfDisposed();
}

/// <summary>A batch of pictures as a model takes them.</summary>
internal interface IPreparedBatch<TResult> : IDisposable
    where TResult : class
{
    /// <summary>Runs the model once over the batch.</summary>
    /// <param name="wanted">The output columns that will be read; what only others are made of is not computed.</param>
    /// <returns>A result per picture; null where it could not be read.</returns>
    /// <exception cref="ObjectDisposedException">The scorer was disposed.</exception>
    TResult?[] Score(IReadOnlySet<string> wanted);
}
