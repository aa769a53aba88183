using System.Buffers.Binary;
using System.Text.Json;
using MLNetVision.Models.Common.Checkpoints;
using TorchSharp;

namespace MLNetVision.Persistence;

/// <summary>A model's weights in the safetensors format (https://huggingface.co/docs/safetensors), inside a model file.</summary>
internal static class WeightStream
{
    private const int Alignment = 8;
    private const int ChunkBytes = 1 << 20;

    /// <summary>Writes tensors in the order given.</summary>
    public static void Write(Stream stream, IReadOnlyDictionary<string, torch.Tensor> weights)
    {
        byte[] header = Header(weights);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (torch.Tensor tensor in weights.Values)
        {
            Write(stream, tensor);
        }
    }

    /// <summary>Opens what was written, for as long as a function needs it.</summary>
    /// <exception cref="InvalidDataException">The bytes are broken.</exception>
    public static T Read<T>(Stream stream, Func<ICheckpoint, T> use)
    {
        // ML.NET unpacks a model file's entries into files of its own; only where it may not, they come as memory.
        if (stream is FileStream file && file.Position == 0)
        {
            using SafetensorsFile checkpoint = SafetensorsFile.Open(file.Name);
            return use(checkpoint);
        }

        string copy = Path.Combine(Path.GetTempPath(), $"mlnetvision-{Guid.NewGuid():N}.safetensors");
        try
        {
            using (FileStream target = File.Create(copy))
            {
                stream.CopyTo(target);
            }

            using SafetensorsFile checkpoint = SafetensorsFile.Open(copy);
            return use(checkpoint);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static byte[] Header(IReadOnlyDictionary<string, torch.Tensor> weights)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            long offset = 0;
            foreach ((string name, torch.Tensor tensor) in weights)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", NameOf(tensor.dtype));
                json.WriteStartArray("shape");
                Array.ForEach(tensor.shape, json.WriteNumberValue);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.numel() * tensor.element_size());
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Spaces after the JSON bring the data to an aligned position.
        while (buffer.Length % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static string NameOf(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Float32 => "F32",
        torch.ScalarType.Float16 => "F16",
        torch.ScalarType.BFloat16 => "BF16",
        torch.ScalarType.Int64 => "I64",
        _ => throw new NotSupportedException($"A model file holds no weights of type {type}."),
    };

    private static void Write(Stream stream, torch.Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor flat = tensor.detach().cpu().contiguous().view(-1);
        long step = ChunkBytes / flat.element_size();
        for (long start = 0; start < flat.numel(); start += step)
        {
            using torch.Tensor part = flat.narrow(0, start, Math.Min(step, flat.numel() - start));
            stream.Write(part.bytes);
        }
    }
}
