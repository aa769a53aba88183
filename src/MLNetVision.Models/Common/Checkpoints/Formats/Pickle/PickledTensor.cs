using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

/// <summary>A storage that a pickle refers to by key; its bytes lie elsewhere in the file.</summary>
/// <param name="Key">The key.</param>
/// <param name="Type">The element type; null where the storage is untyped.</param>
/// <param name="Length">The number of elements, or of bytes where untyped.</param>
/// <param name="ViewOffset">The first element in the keyed storage, where this is a view of it (torch before 0.4).</param>
internal sealed record PickledStorage(string Key, StoredType? Type, long Length, long ViewOffset)
{
    private static readonly Dictionary<string, StoredType> Types = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = StoredType.Of(torch.ScalarType.Float32), ["float32"] = StoredType.Of(torch.ScalarType.Float32),
        ["DoubleStorage"] = StoredType.Of(torch.ScalarType.Float64), ["float64"] = StoredType.Of(torch.ScalarType.Float64),
        ["HalfStorage"] = StoredType.Of(torch.ScalarType.Float16), ["float16"] = StoredType.Of(torch.ScalarType.Float16),
        ["BFloat16Storage"] = StoredType.Of(torch.ScalarType.BFloat16), ["bfloat16"] = StoredType.Of(torch.ScalarType.BFloat16),
        ["LongStorage"] = StoredType.Of(torch.ScalarType.Int64), ["int64"] = StoredType.Of(torch.ScalarType.Int64),
        ["IntStorage"] = StoredType.Of(torch.ScalarType.Int32), ["int32"] = StoredType.Of(torch.ScalarType.Int32),
        ["ShortStorage"] = StoredType.Of(torch.ScalarType.Int16), ["int16"] = StoredType.Of(torch.ScalarType.Int16),
        ["CharStorage"] = StoredType.Of(torch.ScalarType.Int8), ["int8"] = StoredType.Of(torch.ScalarType.Int8),
        ["ByteStorage"] = StoredType.Of(torch.ScalarType.Byte), ["uint8"] = StoredType.Of(torch.ScalarType.Byte),
        ["BoolStorage"] = StoredType.Of(torch.ScalarType.Bool), ["bool"] = StoredType.Of(torch.ScalarType.Bool),
        ["float8_e4m3fn"] = StoredType.Float8E4M3("float8_e4m3fn"), ["float8_e5m2"] = StoredType.Float8E5M2("float8_e5m2"),
        ["uint16"] = StoredType.UInt16("uint16"), ["uint32"] = StoredType.UInt32("uint32"), ["uint64"] = StoredType.UInt64("uint64"),
        ["float8_e4m3fnuz"] = StoredType.Unreadable("float8_e4m3fnuz", 1), ["float8_e5m2fnuz"] = StoredType.Unreadable("float8_e5m2fnuz", 1),
        ["ComplexFloatStorage"] = StoredType.Unreadable("complex64", 8), ["complex64"] = StoredType.Unreadable("complex64", 8),
        ["ComplexDoubleStorage"] = StoredType.Unreadable("complex128", 16), ["complex128"] = StoredType.Unreadable("complex128", 16),
        ["complex32"] = StoredType.Unreadable("complex32", 4), ["QInt8Storage"] = StoredType.Unreadable("qint8", 1), ["qint8"] = StoredType.Unreadable("qint8", 1),
        ["QUInt8Storage"] = StoredType.Unreadable("quint8", 1), ["quint8"] = StoredType.Unreadable("quint8", 1),
        ["QInt32Storage"] = StoredType.Unreadable("qint32", 4), ["qint32"] = StoredType.Unreadable("qint32", 4),
    };

    public long ElementSize => Type?.Size ?? 1;

    /// <summary>The element type that a storage class or a dtype of torch names; null for any other global.</summary>
    public static StoredType? TypeOf(PickleGlobal global) =>
        global.Module == "torch" && Types.TryGetValue(global.Name, out StoredType? type) ? type : null;

    /// <summary>Makes a storage of a persistent id: ("storage", class, key, location, length[, view]).</summary>
    public static PickledStorage FromPersistentId(PickleSource source, object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal type, string key, string, long length, ..] items } || length < 0 || items.Length > 6)
        {
            throw source.Broken($"refers to something that is not a storage before byte {source.Position}");
        }

        StoredType? dtype = TypeOf(type);
        if (dtype is null && type.Name != "UntypedStorage")
        {
            throw source.Broken($"has a storage of the class '{type}' before byte {source.Position}");
        }

        return items is [.., PickleTuple { Items: [_, long viewOffset, long viewLength] }] && viewOffset >= 0 && viewLength >= 0
            ? new PickledStorage(key, dtype, viewLength, viewOffset)
            : new PickledStorage(key, dtype, length, ViewOffset: 0);
    }
}

/// <summary>A tensor that a pickle describes.</summary>
/// <param name="Storage">Where its elements lie; null where they are <paramref name="Bytes"/>.</param>
/// <param name="Bytes">The elements themselves, for arrays inside a pickle.</param>
/// <param name="Type">The element type.</param>
/// <param name="Offset">The first element in the storage, counted in elements.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Strides">The distance between neighbours along each dimension, in elements.</param>
/// <param name="Extent">The number of elements from the first to the last one that is used; 0 for an empty tensor.</param>
internal sealed record PickledTensor(
    PickledStorage? Storage, PickleBytes? Bytes, StoredType Type, long Offset, long[] Shape, long[] Strides, long Extent)
{
    private const int MaximumDimensions = 64; // as many as torch has

    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected)
                {
                    return false;
                }

                expected *= Shape[i];
            }

            return true;
        }
    }

    public static PickledTensor? Create(PickleSource source, PickledStorage storage, StoredType type, long offset, PickleTuple size, PickleTuple stride)
    {
        if (Integers(size) is not { } shape || Integers(stride) is not { } strides || shape.Length != strides.Length || offset < 0)
        {
            return null;
        }

        long storageElements = storage.Type is null ? storage.Length / type.Size : storage.Length;
        Int128 extent = shape.Contains(0) ? 0 : 1;
        for (int i = 0; i < shape.Length && extent > 0 && extent <= storageElements; i++)
        {
            extent += (Int128)(shape[i] - 1) * strides[i];
        }

        if (!TensorEntry.TryByteCount(shape, type.Size, out _) || (extent > 0 && offset + extent > storageElements))
        {
            throw source.Broken(
                $"has a tensor [{string.Join(", ", shape)}] with strides [{string.Join(", ", strides)}] from element {offset} of a storage of {storageElements}, before byte {source.Position}");
        }

        return new PickledTensor(storage, null, type, offset, shape, strides, (long)extent);
    }

    /// <summary>The sizes in a tuple; null unless all are integers and not negative.</summary>
    public static long[]? Integers(PickleTuple tuple)
    {
        bool valid = tuple.Items.Length <= MaximumDimensions && tuple.Items.All(item => item is long and >= 0);
        return valid ? [.. tuple.Items.Cast<long>()] : null;
    }
}
