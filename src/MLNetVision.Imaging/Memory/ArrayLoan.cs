using System.Buffers;

namespace MLNetVision.Imaging.Memory;

/// <summary>An array of the shared pool, which gets it back when this is disposed, whatever is thrown meanwhile.</summary>
/// <param name="length">The elements that are needed; they hold anything.</param>
internal readonly struct ArrayLoan<T>(int length) : IDisposable
{
    /// <summary>The array, which may be longer.</summary>
    public T[] Array { get; } = ArrayPool<T>.Shared.Rent(length);

    /// <summary>The elements that were asked for.</summary>
    public Span<T> Span => Array.AsSpan(0, length);

    public void Dispose() => ArrayPool<T>.Shared.Return(Array);
}
