using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MLNetVision.Models.Common.Checkpoints.Tensors;

/// <summary>Makes of elements of types that TorchSharp lacks those of a type that holds all their values.</summary>
internal static class WideTypes
{
    private const int NamesInRemark = 5;

    // 8-bit floats (Micikevicius et al., "FP8 Formats for Deep Learning", 2022): the first has no infinity, the second is the upper half of a Half.
    private static readonly float[] Float8E4M3 = [.. Enumerable.Range(0, 256).Select(bits => OfFloat8E4M3((byte)bits))];

    public static void FromFloat8E4M3(ReadOnlySpan<byte> stored, Span<byte> read)
    {
        Span<float> values = MemoryMarshal.Cast<byte, float>(read);
        for (int i = 0; i < stored.Length; i++)
        {
            values[i] = Float8E4M3[stored[i]];
        }
    }

    public static void FromFloat8E5M2(ReadOnlySpan<byte> stored, Span<byte> read)
    {
        Span<float> values = MemoryMarshal.Cast<byte, float>(read);
        for (int i = 0; i < stored.Length; i++)
        {
            values[i] = (float)BitConverter.UInt16BitsToHalf((ushort)(stored[i] << 8));
        }
    }

    public static void FromUInt16(ReadOnlySpan<byte> stored, Span<byte> read)
    {
        Span<int> values = MemoryMarshal.Cast<byte, int>(read);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadUInt16LittleEndian(stored[(i * sizeof(ushort))..]);
        }
    }

    public static void FromUInt32(ReadOnlySpan<byte> stored, Span<byte> read)
    {
        Span<long> values = MemoryMarshal.Cast<byte, long>(read);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadUInt32LittleEndian(stored[(i * sizeof(uint))..]);
        }
    }

    public static void FromUInt64(ReadOnlySpan<byte> stored, Span<byte> read)
    {
        Span<long> values = MemoryMarshal.Cast<byte, long>(read);
        for (int i = 0; i < values.Length; i++)
        {
            ulong value = BinaryPrimitives.ReadUInt64LittleEndian(stored[(i * sizeof(ulong))..]);
            values[i] = value <= long.MaxValue ? (long)value : throw new InvalidDataException($"A tensor of 64-bit numbers without sign has the value {value}, which Int64 does not hold.");
        }
    }

    /// <summary>A sentence for each stored type that is read as another.</summary>
    public static IEnumerable<string> Remarks(IEnumerable<(string Name, StoredType Type)> tensors) => tensors
        .Where(tensor => tensor.Type.Widen is not null)
        .GroupBy(tensor => (tensor.Type.Name, tensor.Type.ReadAs), tensor => tensor.Name)
        .Select(group => $"{group.Count()} tensor(s) of the type {group.Key.Name} are read as {group.Key.ReadAs}, without any scale that may lie beside them: {string.Join(", ", group.Take(NamesInRemark))}{(group.Count() > NamesInRemark ? ", …" : string.Empty)}.");

    private static float OfFloat8E4M3(byte bits)
    {
        const int Bias = 7, MantissaBits = 3;
        (int exponent, int mantissa) = ((bits >> MantissaBits) & 15, bits & 7);
        float size = (exponent, mantissa) == (15, 7) ? float.NaN
            : exponent == 0 ? MathF.ScaleB(mantissa, 1 - Bias - MantissaBits)
            : MathF.ScaleB(mantissa + (1 << MantissaBits), exponent - Bias - MantissaBits);
        return (bits & 0x80) == 0 ? size : -size;
    }
}
