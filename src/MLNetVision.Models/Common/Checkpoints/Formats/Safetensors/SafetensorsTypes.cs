using MLNetVision.Models.Common.Checkpoints.Tensors;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;

/// <summary>The element types of safetensors and their torch counterparts.</summary>
internal static class SafetensorsTypes
{
    // In the order in which the reference implementation places tensors: the widest alignment first.
    private static readonly (string Name, ScalarType DType)[] Types =
    [
        ("I64", ScalarType.Int64), ("F64", ScalarType.Float64), ("F32", ScalarType.Float32), ("I32", ScalarType.Int32),
        ("BF16", ScalarType.BFloat16), ("F16", ScalarType.Float16), ("I16", ScalarType.Int16), ("I8", ScalarType.Int8),
        ("U8", ScalarType.Byte), ("BOOL", ScalarType.Bool),
    ];

    /// <summary>How a type of the format is read; those that a later version of it may have are unreadable.</summary>
    public static StoredType Parse(string name)
    {
        int index = Array.FindIndex(Types, type => type.Name == name);
        return index >= 0 ? StoredType.Of(Types[index].DType) : name switch
        {
            "F8_E4M3" => StoredType.Float8E4M3(name),
            "F8_E5M2" => StoredType.Float8E5M2(name),
            "U16" => StoredType.UInt16(name),
            "U32" => StoredType.UInt32(name),
            "U64" => StoredType.UInt64(name),
            _ => StoredType.Unreadable(name),
        };
    }

    public static string NameOf(ScalarType dtype)
    {
        int index = OrderOf(dtype);
        return index >= 0 ? Types[index].Name : throw new NotSupportedException($"Tensors of type {dtype} cannot be stored in a checkpoint.");
    }

    /// <summary>The place of a type among the tensors of a file: lower comes first.</summary>
    public static int OrderOf(ScalarType dtype) => Array.FindIndex(Types, type => type.DType == dtype);
}
