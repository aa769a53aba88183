using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Tensors;

/// <summary>What a checkpoint says of one tensor, before the tensor is read.</summary>
/// <param name="Name">The key, as stored.</param>
/// <param name="DType">
/// The stored element type. 8-bit floats are read as Float32, numbers without sign as the type of twice their bits, those of 64 bits as Int64;
/// then this is the type that is read.
/// </param>
/// <param name="Shape">The dimensions; empty for a scalar.</param>
public sealed record TensorEntry(string Name, torch.ScalarType DType, IReadOnlyList<long> Shape)
{
    /// <summary>The number of elements.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The bytes of an element.</summary>
    public int ElementSize => SizeOf(DType);

    /// <summary>The bytes of all elements.</summary>
    public long ByteCount => ElementCount * ElementSize;

    /// <summary>The bytes of an element of a type.</summary>
    /// <exception cref="NotSupportedException">Checkpoints have no such type.</exception>
    internal static int SizeOf(torch.ScalarType dtype) => dtype switch
    {
        torch.ScalarType.Int64 or torch.ScalarType.Float64 => 8,
        torch.ScalarType.Int32 or torch.ScalarType.Float32 => 4,
        torch.ScalarType.Int16 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16 => 2,
        torch.ScalarType.Int8 or torch.ScalarType.Byte or torch.ScalarType.Bool => 1,
        _ => throw new NotSupportedException($"Tensors of type {dtype} cannot be stored in a checkpoint."),
    };

    /// <exception cref="ArgumentException">The target has another length than the elements.</exception>
    internal void CheckLength(ReadOnlySpan<byte> target)
    {
        if (target.Length != ByteCount)
        {
            throw new ArgumentException($"Tensor '{Name}' has {ByteCount} bytes; the target has {target.Length}.", nameof(target));
        }
    }

    /// <summary>
    /// The bytes that a tensor of a shape needs; false for a shape that torch cannot have: a negative size, or a
    /// product that overflows even where a zero would hide it.
    /// </summary>
    internal static bool TryByteCount(ReadOnlySpan<long> shape, long elementSize, out long bytes)
    {
        bytes = elementSize;
        Int128 product = elementSize;
        bool empty = false;
        foreach (long size in shape)
        {
            if (size < 0)
            {
                return false;
            }

            empty |= size == 0;
            product *= Math.Max(size, 1);
            if (product > long.MaxValue)
            {
                return false;
            }
        }

        bytes = empty ? 0 : (long)product;
        return true;
    }
}
