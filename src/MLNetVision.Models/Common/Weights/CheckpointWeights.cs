using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Models.Common.Weights;

/// <summary>The weights of a checkpoint, converted in managed code: libtorch is not loaded.</summary>
/// <param name="checkpoint">Under the model's names of keys; it stays open.</param>
internal sealed class CheckpointWeights(ICheckpoint checkpoint) : IWeightSource
{
    private readonly Dictionary<string, TensorEntry> _entries = checkpoint.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>All keys, in stored order.</summary>
    public IEnumerable<string> Keys => checkpoint.Entries.Select(entry => entry.Name);

    /// <summary>The keys that were read so far.</summary>
    public IReadOnlySet<string> ReadKeys => _read;

    public IReadOnlyList<long>? ShapeOf(string key) => _entries.TryGetValue(key, out TensorEntry? entry) ? entry.Shape : null;

    public float[] Read(string key)
    {
        TensorEntry entry = _entries[key];
        var values = new float[checked((int)entry.ElementCount)];
        switch (entry.DType)
        {
            case torch.ScalarType.Float32:
                checkpoint.ReadBytes(key, MemoryMarshal.AsBytes(values.AsSpan()));
                break;
            case torch.ScalarType.Float16:
                TensorPrimitives.ConvertToSingle(Stored<Half>(key, values.Length), values);
                break;
            case torch.ScalarType.BFloat16:
                FromBFloat16(Stored<ushort>(key, values.Length), values);
                break;
            case torch.ScalarType.Float64:
                FromDouble(key, Stored<double>(key, values.Length), values);
                break;
            default:
                throw new InvalidDataException($"Tensor '{key}' has values of type {entry.DType}; weights are floating-point numbers.");
        }

        _read.Add(key);
        return values;
    }

    private T[] Stored<T>(string key, int count)
        where T : unmanaged
    {
        var stored = new T[count];
        checkpoint.ReadBytes(key, MemoryMarshal.AsBytes(stored.AsSpan()));
        return stored;
    }

    // The upper half of a float32.
    private static void FromBFloat16(ReadOnlySpan<ushort> stored, Span<float> values)
    {
        for (int i = 0; i < stored.Length; i++)
        {
            values[i] = BitConverter.UInt32BitsToSingle((uint)stored[i] << 16);
        }
    }

    private static void FromDouble(string key, ReadOnlySpan<double> stored, Span<float> values)
    {
        for (int i = 0; i < stored.Length; i++)
        {
            values[i] = (float)stored[i];
            if (float.IsInfinity(values[i]) && !double.IsInfinity(stored[i]))
            {
                throw new InvalidDataException($"Tensor '{key}' has values of type {torch.ScalarType.Float64} that do not fit into {torch.ScalarType.Float32}.");
            }
        }
    }
}
