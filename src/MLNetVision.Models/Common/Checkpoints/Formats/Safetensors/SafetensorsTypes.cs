using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;

/// <summary>The element types of safetensors and their torch counterparts.</summary>
internal static class SafetensorsTypes
{
    // In the order in which the reference implementation places tensors: the widest alignment first.
    private static readonly (string Name, ScalarType DType, int Size)[] Types =
    [
        ("I64", ScalarType.Int64, 8), ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("I32", ScalarType.Int32, 4),
        ("BF16", ScalarType.BFloat16, 2), ("F16", ScalarType.Float16, 2), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>All names, for error messages.</summary>
    public static string Names => string.Join(", ", Types.Select(type => type.Name));

    public static bool TryParse(string name, out ScalarType dtype)
    {
        int index = Array.FindIndex(Types, type => type.Name == name);
        dtype = index < 0 ? default : Types[index].DType;
        return index >= 0;
    }

    public static string NameOf(ScalarType dtype) => Find(dtype).Name;

    public static long SizeOf(ScalarType dtype) => Find(dtype).Size;

    /// <summary>The place of a type among the tensors of a file: lower comes first.</summary>
    public static int OrderOf(ScalarType dtype) => Array.FindIndex(Types, type => type.DType == dtype);

    private static (string Name, ScalarType DType, int Size) Find(ScalarType dtype)
    {
        int index = Array.FindIndex(Types, type => type.DType == dtype);
        return index >= 0 ? Types[index] : throw new NotSupportedException($"Tensors of type {dtype} cannot be stored in a checkpoint.");
    }
}
