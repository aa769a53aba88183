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

    /// <summary>All names, for error messages.</summary>
    public static string Names => string.Join(", ", Types.Select(type => type.Name));

    public static bool TryParse(string name, out ScalarType dtype)
    {
        int index = Array.FindIndex(Types, type => type.Name == name);
        dtype = index < 0 ? default : Types[index].DType;
        return index >= 0;
    }

    public static string NameOf(ScalarType dtype)
    {
        int index = OrderOf(dtype);
        return index >= 0 ? Types[index].Name : throw new NotSupportedException($"Tensors of type {dtype} cannot be stored in a checkpoint.");
    }

    /// <summary>The place of a type among the tensors of a file: lower comes first.</summary>
    public static int OrderOf(ScalarType dtype) => Array.FindIndex(Types, type => type.DType == dtype);
}
