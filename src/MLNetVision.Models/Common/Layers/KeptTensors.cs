using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// What a custom autograd function keeps from its forward to its backward pass, given back as soon as that has run.
/// TorchSharp's save_for_backward keeps its tensors until the whole graph is gone, that is, all functions' at once.
/// </summary>
/// <param name="tensors">Tensors of the caller; they are not copied and must not be changed before the backward pass.</param>
internal sealed class KeptTensors(IEnumerable<Tensor> tensors)
{
    private Tensor[]? _tensors = [.. tensors.Select(tensor => tensor.detach().DetachFromDisposeScope())];

    /// <summary>The tensors, without gradient, which belong to the dispose scope of the caller from now on.</summary>
    /// <exception cref="InvalidOperationException">They have been taken: a graph can be gone back through once only.</exception>
    public Tensor[] Take(DisposeScope scope)
    {
        Tensor[] taken = Interlocked.Exchange(ref _tensors, null) ??
            throw new InvalidOperationException("The gradients of this graph were computed before; it does not keep what a second time would need.");
        foreach (Tensor tensor in taken)
        {
            scope.Attach(tensor);
        }

        return taken;
    }
}
