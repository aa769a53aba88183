using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// The gradients that a custom autograd function's backward pass returns. TorchSharp leaves them to the dispose scope around
/// the whole backward pass, in which all functions' would gather: here each function's are given back when the next
/// function's backward pass ends, since libtorch has its own references by then. The gradient that a function is given goes
/// to the same scope: each backward pass attaches it to a scope of its own.
/// </summary>
internal static class ReturnedGradients
{
    [ThreadStatic]
    private static List<Tensor>? _previous;

    /// <summary>Hands gradients to libtorch; call it in the return statement.</summary>
    /// <param name="gradients">The gradients, null where none is wanted; a tensor occurs once only.</param>
    /// <returns>The same list, with tensors that belong to no dispose scope.</returns>
    public static List<Tensor> Of(IEnumerable<Tensor?> gradients)
    {
        List<Tensor> returned = [.. gradients.Select(gradient => gradient?.DetachFromDisposeScope()!)];
        Release();
        _previous = returned;
        return returned;
    }

    /// <summary>Gives back the last gradients of this thread, after a backward pass.</summary>
    public static void Release()
    {
        _previous?.ForEach(gradient => gradient?.Dispose());
        _previous = null;
    }
}
