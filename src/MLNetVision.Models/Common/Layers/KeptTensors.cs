using MLNetVision.Models.Common.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// What a custom autograd function keeps from its forward to its backward pass, given back as soon as that has run.
/// TorchSharp's save_for_backward keeps its tensors until the whole graph is gone, that is, all functions' at once.
/// </summary>
internal sealed class KeptTensors
{
    private readonly GraphMemory? _memory = GraphMemory.Current;
    private readonly (long[] Shape, ScalarType Type, Device Device)[] _forms;
    private Tensor[]? _tensors;

    /// <param name="tensors">Tensors of the caller; they are not copied and must not be changed before the backward pass.</param>
    public KeptTensors(IEnumerable<Tensor> tensors)
    {
        Tensor[] given = [.. tensors];
        NeedsGradient = [.. given.Select(tensor => tensor.requires_grad)];
        _tensors = [.. given.Select(tensor => tensor.detach().DetachFromDisposeScope())];
        _forms = [.. _tensors.Select(tensor => (tensor.shape, tensor.dtype, tensor.device))];
        _memory?.Add(this);
    }

    /// <summary>Which of the tensors needed a gradient when they were kept.</summary>
    public IReadOnlyList<bool> NeedsGradient { get; }

    /// <summary>
    /// The tensors, without gradient, which belong to the dispose scope of the caller from now on. The second time NaN in
    /// their place: an exception could not pass libtorch, which calls the backward pass, and would end the process.
    /// </summary>
    public Tensor[] Take(DisposeScope scope)
    {
        Tensor[] taken = Interlocked.Exchange(ref _tensors, null) ?? [.. _forms.Select(Spent)];
        foreach (Tensor tensor in taken)
        {
            scope.Attach(tensor);
        }

        return taken;
    }

    /// <summary>The list that a backward pass returns; its tensors are held until libtorch has references of its own, and given back then or by the dispose scope outside of the caller's.</summary>
    /// <param name="gradients">The gradients, null where none is wanted; a tensor occurs once only.</param>
    public List<Tensor> Return(IEnumerable<Tensor?> gradients)
    {
        List<Tensor> returned = [.. gradients.Select(gradient => gradient?.MoveToOuterDisposeScope()!)];
        ReturnedGradients held = ReturnedGradients.OfThisThread;
        held.Hold(returned.Where(gradient => gradient is not null));
        _memory?.Add(held);
        return returned;
    }

    /// <summary>Gives back the tensors that no backward pass took.</summary>
    public void Release()
    {
        foreach (Tensor tensor in Interlocked.Exchange(ref _tensors, null) ?? [])
        {
            tensor.Dispose();
        }
    }

    private static Tensor Spent((long[] Shape, ScalarType Type, Device Device) form) =>
        is_floating_point(form.Type) ? TensorNumbers.Filled(form.Shape, double.NaN, form.Type, form.Device) : zeros(form.Shape, form.Type, form.Device);
}
