using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLNetVision.Imaging.Files;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;

/// <summary>Writes safetensors files, byte for byte as Hugging Face's own library lays them out.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>The metadata that transformers writes and asks for: the tensors are PyTorch's.</summary>
    internal static IReadOnlyDictionary<string, string> TorchFormat { get; } = new Dictionary<string, string> { ["format"] = "pt" };

    /// <summary>Writes tensors to a file, which appears whole or not at all.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="tensors">
    /// Tensors of any device and layout by their names; each is written contiguously and on its own, so one at most is copied.
    /// </param>
    /// <param name="metadata">Free text pairs. Default: <c>format = pt</c>, without which transformers refuses the file.</param>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    /// <exception cref="NotSupportedException">An element type has no name in the format (complex, quantised).</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, torch.Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata));
    }

    /// <summary>Writes the same bytes to a stream, from its position on.</summary>
    internal static void Write(Stream stream, IEnumerable<KeyValuePair<string, torch.Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        KeyValuePair<string, torch.Tensor>[] ordered =
        [
            .. tensors.OrderBy(item => SafetensorsTypes.OrderOf(item.Value.dtype)).ThenBy(item => item.Key, StringComparer.Ordinal),
        ];
        byte[] header = Header(ordered, metadata ?? TorchFormat);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach ((_, torch.Tensor tensor) in ordered)
        {
            WriteContent(stream, tensor);
        }
    }

    private static byte[] Header(KeyValuePair<string, torch.Tensor>[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach ((string name, string value) in metadata)
                {
                    json.WriteString(name, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
            foreach ((string name, torch.Tensor tensor) in tensors)
            {
                if (!names.Add(name))
                {
                    throw new ArgumentException($"The name '{name}' occurs twice or is reserved.", nameof(tensors));
                }

                offset = WriteEntry(json, name, tensor, offset);
            }

            json.WriteEndObject();
        }

        // White space after the JSON aligns the data.
        byte[] header = new byte[(buffer.WrittenCount + Alignment - 1) / Alignment * Alignment];
        buffer.WrittenSpan.CopyTo(header);
        header.AsSpan(buffer.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static long WriteEntry(Utf8JsonWriter json, string name, torch.Tensor tensor, long offset)
    {
        long end = offset + tensor.numel() * TensorEntry.SizeOf(tensor.dtype);
        json.WriteStartObject(name);
        json.WriteString("dtype", SafetensorsTypes.NameOf(tensor.dtype));
        json.WriteStartArray("shape");
        foreach (long size in tensor.shape)
        {
            json.WriteNumberValue(size);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }

    private static void WriteContent(Stream stream, torch.Tensor tensor)
    {
        using (torch.NewDisposeScope())
        using (torch.no_grad())
        {
            // A tensor that lies right is written from its own memory.
            torch.Tensor source = tensor.device_type == DeviceType.CPU && tensor.is_contiguous() ? tensor : tensor.cpu().contiguous();
            foreach ((torch.Tensor piece, _) in TensorBytes.Pieces(source))
            {
                stream.Write(piece.bytes);
            }
        }
    }
}
