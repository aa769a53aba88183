using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Tensors;

/// <summary>The element type of a stored tensor, of which a checkpoint may have more kinds than TorchSharp has types.</summary>
/// <param name="Name">Its name in the file, for messages.</param>
/// <param name="Size">The bytes of an element; 0 where they are not known.</param>
/// <param name="ReadAs">The type that elements are read as; null for what cannot be read: complex and quantised numbers, and types that nobody knew here.</param>
/// <param name="Widen">Makes elements of that type of stored ones; null where they are the same bytes.</param>
internal sealed record StoredType(string Name, int Size, torch.ScalarType? ReadAs, StoredType.Widening? Widen = null)
{
    /// <summary>Makes the elements of the type that is read of stored ones.</summary>
    public delegate void Widening(ReadOnlySpan<byte> stored, Span<byte> read);

    /// <summary>A type of torch.</summary>
    public static StoredType Of(torch.ScalarType type) => new(type.ToString(), TensorEntry.SizeOf(type), type);

    /// <summary>A type whose elements cannot be read.</summary>
    public static StoredType Unreadable(string name, int size = 0) => new(name, size, null);

    public static StoredType Float8E4M3(string name) => new(name, 1, torch.ScalarType.Float32, WideTypes.FromFloat8E4M3);

    public static StoredType Float8E5M2(string name) => new(name, 1, torch.ScalarType.Float32, WideTypes.FromFloat8E5M2);

    public static StoredType UInt16(string name) => new(name, sizeof(ushort), torch.ScalarType.Int32, WideTypes.FromUInt16);

    public static StoredType UInt32(string name) => new(name, sizeof(uint), torch.ScalarType.Int64, WideTypes.FromUInt32);

    public static StoredType UInt64(string name) => new(name, sizeof(ulong), torch.ScalarType.Int64, WideTypes.FromUInt64);
}
