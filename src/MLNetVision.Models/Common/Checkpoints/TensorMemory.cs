using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints;

/// <summary>Copies raw bytes into and out of contiguous CPU tensors of any size.</summary>
internal static unsafe class TensorMemory
{
    private const long MaximumSpan = 1L << 30;

    /// <summary>Fills a contiguous CPU tensor from memory.</summary>
    public static void CopyFrom(torch.Tensor tensor, byte* source, long bytes)
    {
        // Tensor.bytes is a span and so at most 2 GB: go through the flattened tensor in pieces.
        long elementSize = bytes / tensor.numel();
        long step = MaximumSpan / elementSize;
        using torch.Tensor flat = tensor.view(-1);
        for (long begin = 0; begin < flat.numel(); begin += step)
        {
            using torch.Tensor piece = flat.narrow(0, begin, Math.Min(step, flat.numel() - begin));
            Span<byte> target = piece.bytes;
            new ReadOnlySpan<byte>(source + begin * elementSize, target.Length).CopyTo(target);
        }
    }
}
