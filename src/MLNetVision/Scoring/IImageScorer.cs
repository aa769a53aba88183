using MLNetVision.Images;
using MLNetVision.Models.Common.Imaging;

namespace MLNetVision.Scoring;

/// <summary>A model that makes one result of each picture; safe to call from several threads.</summary>
/// <typeparam name="TResult">
/// A row's result, in managed memory only: it may be kept after the scorer is disposed.
/// </typeparam>
internal interface IImageScorer<TResult> : IDisposable
    where TResult : class
{
    /// <summary>Runs the model once over a batch.</summary>
    /// <param name="sources">The pictures; null where a row has none.</param>
    /// <param name="wanted">The output columns that will be read; others need not be computed.</param>
    /// <param name="bad">Records the pictures that cannot be read.</param>
    /// <returns>A result per picture; null where it could not be read.</returns>
    /// <exception cref="ObjectDisposedException">The scorer was disposed.</exception>
    TResult?[] Score(ReadOnlySpan<ImageSource?> sources, IReadOnlySet<string> wanted, BadImages bad);

    /// <summary>Throws if the scorer was disposed.</summary>
    /// <exception cref="ObjectDisposedException">The scorer was disposed.</exception>
    void ThrowIfDisposed();
}
