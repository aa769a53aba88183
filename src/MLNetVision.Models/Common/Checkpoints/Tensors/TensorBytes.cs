using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Tensors;

/// <summary>The raw bytes of contiguous CPU tensors of any size.</summary>
internal static class TensorBytes
{
    private const long MaximumPiece = 1L << 30;

    /// <summary>
    /// A tensor's memory in order, as flat tensors that are small enough for a span, each with the byte at which it
    /// begins. A piece is valid until the next one is asked for.
    /// </summary>
    public static IEnumerable<(torch.Tensor Piece, long Begin)> Pieces(torch.Tensor tensor)
    {
        long elements = tensor.numel();
        if (elements == 0)
        {
            yield break;
        }

        if (elements * tensor.ElementSize <= MaximumPiece)
        {
            yield return (tensor, 0);
            yield break;
        }

        long step = MaximumPiece / tensor.ElementSize;
        using torch.Tensor flat = tensor.view(-1);
        for (long begin = 0; begin < elements; begin += step)
        {
            using torch.Tensor piece = flat.narrow(0, begin, Math.Min(step, elements - begin));
            yield return (piece, begin * tensor.ElementSize);
        }
    }

    /// <summary>Whether raw bytes of an element type may be copied straight into a tensor's memory.</summary>
    public static bool TakesBytesOf(torch.Tensor tensor, torch.ScalarType dtype) =>
        tensor.dtype == dtype && tensor.device_type == DeviceType.CPU && tensor.is_contiguous();

    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void CheckShape(TensorEntry entry, torch.Tensor target)
    {
        if (!target.shape.AsSpan().SequenceEqual([.. entry.Shape]))
        {
            throw new ArgumentException(
                $"Tensor '{entry.Name}' has the shape [{string.Join(", ", entry.Shape)}], the target [{string.Join(", ", target.shape)}].", nameof(target));
        }
    }
}
