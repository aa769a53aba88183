using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Tensors;

/// <summary>Named tensors in a file or a folder of files, read one at a time.</summary>
public interface ICheckpoint : IDisposable
{
    /// <summary>The tensors in stored order.</summary>
    IReadOnlyList<TensorEntry> Entries { get; }

    /// <summary>Further tensors, which cannot be read: of complex, quantised or unknown elements. By default none.</summary>
    IReadOnlyList<UnreadableTensor> Unreadable => [];

    /// <summary>What is odd about the files but keeps nobody from reading them, a sentence each. By default nothing.</summary>
    IReadOnlyList<string> Remarks => [];

    /// <summary>Reads one tensor in its stored element type, on the CPU; the caller owns it.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="InvalidDataException">The stored bytes are broken.</exception>
    torch.Tensor Read(string name);

    /// <summary>
    /// Reads one tensor into <paramref name="target"/>, which has the stored shape and any element type and device. A
    /// contiguous CPU tensor of the stored element type is filled without a copy in between.
    /// </summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="InvalidDataException">The stored bytes are broken.</exception>
    void ReadInto(string name, torch.Tensor target);

    /// <summary>
    /// Reads one tensor's elements in their stored type and row-major order, little-endian, without libtorch.
    /// </summary>
    /// <param name="name">The tensor.</param>
    /// <param name="target">As long as its elements: <see cref="TensorEntry.ByteCount"/>.</param>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="ArgumentException">The target has another length.</exception>
    /// <exception cref="InvalidDataException">The stored bytes are broken.</exception>
    void ReadBytes(string name, Span<byte> target);
}
