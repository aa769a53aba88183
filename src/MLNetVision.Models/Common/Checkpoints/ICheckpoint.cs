using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints;

/// <summary>Named tensors in a file or a folder of files, read one at a time.</summary>
public interface ICheckpoint : IDisposable
{
    /// <summary>The tensors in stored order.</summary>
    IReadOnlyList<TensorEntry> Entries { get; }

    /// <summary>Reads one tensor in its stored element type; the caller owns it.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="InvalidDataException">The stored bytes are broken.</exception>
    torch.Tensor Read(string name);
}
