using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Pickle;

/// <summary>A storage that a pickle refers to by key; its bytes lie elsewhere in the file.</summary>
/// <param name="Key">The key.</param>
/// <param name="DType">The element type; null where the storage is untyped.</param>
/// <param name="Length">The number of elements, or of bytes where untyped.</param>
/// <param name="ViewOffset">The first element in the keyed storage, where this is a view of it (torch before 0.4).</param>
internal sealed record PickledStorage(string Key, torch.ScalarType? DType, long Length, long ViewOffset)
{
    private static readonly Dictionary<string, torch.ScalarType> Types = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = torch.ScalarType.Float32, ["float32"] = torch.ScalarType.Float32,
        ["DoubleStorage"] = torch.ScalarType.Float64, ["float64"] = torch.ScalarType.Float64,
        ["HalfStorage"] = torch.ScalarType.Float16, ["float16"] = torch.ScalarType.Float16,
        ["BFloat16Storage"] = torch.ScalarType.BFloat16, ["bfloat16"] = torch.ScalarType.BFloat16,
        ["LongStorage"] = torch.ScalarType.Int64, ["int64"] = torch.ScalarType.Int64,
        ["IntStorage"] = torch.ScalarType.Int32, ["int32"] = torch.ScalarType.Int32,
        ["ShortStorage"] = torch.ScalarType.Int16, ["int16"] = torch.ScalarType.Int16,
        ["CharStorage"] = torch.ScalarType.Int8, ["int8"] = torch.ScalarType.Int8,
        ["ByteStorage"] = torch.ScalarType.Byte, ["uint8"] = torch.ScalarType.Byte,
        ["BoolStorage"] = torch.ScalarType.Bool, ["bool"] = torch.ScalarType.Bool,
    };

    public long ElementSize => DType is { } dtype ? TensorEntry.SizeOf(dtype) : 1;

    /// <summary>The element type that a storage class or a dtype of torch names; null for any other global.</summary>
    public static torch.ScalarType? TypeOf(PickleGlobal global) =>
        global.Module == "torch" && Types.TryGetValue(global.Name, out torch.ScalarType dtype) ? dtype : null;

    /// <summary>Makes a storage of a persistent id: ("storage", class, key, location, length[, view]).</summary>
    public static PickledStorage FromPersistentId(PickleSource source, object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal type, string key, string, long length, ..] items } || length < 0 || items.Length > 6)
        {
            throw source.Broken($"refers to something that is not a storage before byte {source.Position}");
        }

        torch.ScalarType? dtype = TypeOf(type);
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
/// <param name="DType">The element type.</param>
/// <param name="Offset">The first element in the storage, counted in elements.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Strides">The distance between neighbours along each dimension, in elements.</param>
/// <param name="Extent">The number of elements from the first to the last one that is used; 0 for an empty tensor.</param>
internal sealed record PickledTensor(
    PickledStorage? Storage, PickleBytes? Bytes, torch.ScalarType DType, long Offset, long[] Shape, long[] Strides, long Extent)
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

    public static PickledTensor? Create(PickleSource source, PickledStorage storage, torch.ScalarType dtype, long offset, PickleTuple size, PickleTuple stride)
    {
        if (Integers(size) is not { } shape || Integers(stride) is not { } strides || shape.Length != strides.Length || offset < 0)
        {
            return null;
        }

        long storageElements = storage.DType is null ? storage.Length / TensorEntry.SizeOf(dtype) : storage.Length;
        Int128 extent = shape.Contains(0) ? 0 : 1;
        for (int i = 0; i < shape.Length && extent > 0 && extent <= storageElements; i++)
        {
            extent += (Int128)(shape[i] - 1) * strides[i];
        }

        if (!TensorEntry.TryByteCount(shape, TensorEntry.SizeOf(dtype), out _) || (extent > 0 && offset + extent > storageElements))
        {
            throw source.Broken(
                $"has a tensor [{string.Join(", ", shape)}] with strides [{string.Join(", ", strides)}] from element {offset} of a storage of {storageElements}, before byte {source.Position}");
        }

        return new PickledTensor(storage, null, dtype, offset, shape, strides, (long)extent);
    }

    /// <summary>The sizes in a tuple; null unless all are integers and not negative.</summary>
    public static long[]? Integers(PickleTuple tuple)
    {
        bool valid = tuple.Items.Length <= MaximumDimensions && tuple.Items.All(item => item is long and >= 0);
        return valid ? [.. tuple.Items.Cast<long>()] : null;
    }
}
