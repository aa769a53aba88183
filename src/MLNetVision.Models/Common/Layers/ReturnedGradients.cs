using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// Holds what a custom autograd function returned to libtorch on this thread, of which TorchSharp passes on the handles only.
/// Libtorch makes references of its own as soon as the function has returned, so the next return may give back the last.
/// </summary>
/// <remarks>A thread's last gradients live until its next backward pass, unless a dispose scope or a <see cref="GraphMemory"/> gives them back.</remarks>
internal sealed class ReturnedGradients
{
    [ThreadStatic]
    private static ReturnedGradients? _ofThisThread;

    private List<Tensor> _held = [];

    public static ReturnedGradients OfThisThread => _ofThisThread ??= new ReturnedGradients();

    /// <summary>Holds a function's gradients, and gives back those of the function before.</summary>
    public void Hold(IEnumerable<Tensor> gradients) =>
        Interlocked.Exchange(ref _held, [.. gradients]).ForEach(gradient => gradient.Dispose());

    /// <summary>Gives back what is held; the backward pass must be over.</summary>
    public void Release() => Hold([]);
}
