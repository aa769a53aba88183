using MLNetVision.Models.Common.Checkpoints.Tensors;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Checkpoints;

/// <summary>Tensors that stand for a checkpoint.</summary>
internal sealed class MemoryCheckpoint(IEnumerable<(string Name, Tensor Tensor)> tensors) : ICheckpoint
{
    private readonly (string Name, Tensor Tensor)[] _tensors = [.. tensors];

    public IReadOnlyList<TensorEntry> Entries => [.. _tensors.Select(item => new TensorEntry(item.Name, item.Tensor.dtype, item.Tensor.shape))];

    public Tensor Read(string name) => _tensors.Single(item => item.Name == name).Tensor.clone();

    public void ReadInto(string name, Tensor target)
    {
        using (no_grad())
        {
            target.copy_(_tensors.Single(item => item.Name == name).Tensor);
        }
    }

    public void ReadBytes(string name, Span<byte> target)
    {
        using Tensor stored = _tensors.Single(item => item.Name == name).Tensor.contiguous();
        stored.bytes.CopyTo(target);
    }

    public void Dispose() => Array.ForEach(_tensors, item => item.Tensor.Dispose());
}
