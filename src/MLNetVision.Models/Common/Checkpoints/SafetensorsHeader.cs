using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints;

/// <summary>The validated header of a safetensors file: an 8-byte little-endian length, then JSON, then the data.</summary>
/// <remarks>Format: https://huggingface.co/docs/safetensors. Every rule below is one that file format states.</remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The longest header that the format allows.</summary>
    public const int MaximumLength = 100_000_000;

    public readonly record struct Placement(TensorEntry Entry, long Begin, long End);

    private SafetensorsHeader(IReadOnlyList<Placement> tensors, IReadOnlyDictionary<string, string> metadata, long dataOffset)
    {
        Tensors = tensors;
        Metadata = metadata;
        DataOffset = dataOffset;
    }

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<Placement> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Where the data begins in the file; placements count from here.</summary>
    public long DataOffset { get; }

    /// <summary>Reads and validates the header of <paramref name="path"/>.</summary>
    /// <exception cref="InvalidDataException">The header breaks a rule of the format.</exception>
    public static SafetensorsHeader Read(Stream file, string path)
    {
        Span<byte> lengthBytes = stackalloc byte[8];
        if (file.Length < lengthBytes.Length)
        {
            throw Broken(path, $"the file has {file.Length} bytes, fewer than the 8 of the header length");
        }

        file.ReadExactly(lengthBytes);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > MaximumLength || (long)length > file.Length - lengthBytes.Length)
        {
            throw Broken(path, $"the header length {length} is larger than the file ({file.Length} bytes) or than {MaximumLength}");
        }

        byte[] json = new byte[length];
        file.ReadExactly(json);
        long dataOffset = lengthBytes.Length + (long)length;
        var tensors = new List<Placement>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("__metadata__"))
                {
                    foreach (JsonProperty item in property.Value.EnumerateObject())
                    {
                        metadata[item.Name] = item.Value.GetString() ?? string.Empty;
                    }
                }
                else
                {
                    tensors.Add(ReadPlacement(property, path));
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or DecoderFallbackException)
        {
            throw new InvalidDataException($"'{path}' is not a valid safetensors file: its header is not the expected JSON. {e.Message}", e);
        }

        tensors.Sort((x, y) => (x.Begin, x.End).CompareTo((y.Begin, y.End)));
        CheckCoverage(tensors, file.Length - dataOffset, path);
        return new SafetensorsHeader(tensors, metadata, dataOffset);
    }

    private static Placement ReadPlacement(JsonProperty property, string path)
    {
        string name = property.Name;
        string dtypeName = property.Value.GetProperty("dtype").GetString() ?? "null";
        if (!SafetensorsTypes.TryParse(dtypeName, out torch.ScalarType dtype))
        {
            throw Broken(path, $"tensor '{name}' has the unsupported dtype '{dtypeName}'");
        }

        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        JsonElement offsets = property.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2 || shape.Any(size => size < 0))
        {
            throw Broken(path, $"tensor '{name}' has a negative size or not two data offsets");
        }

        long begin = offsets[0].GetInt64();
        long end = offsets[1].GetInt64();
        long bytes;
        try
        {
            bytes = shape.Aggregate(SafetensorsTypes.SizeOf(dtype), (product, size) => checked(product * size));
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException($"'{path}' is not a valid safetensors file: the shape of tensor '{name}' is too large.", e);
        }

        if (begin < 0 || end < begin || end - begin != bytes)
        {
            throw Broken(path, $"tensor '{name}' needs {bytes} bytes, but its data offsets are {begin} and {end}");
        }

        return new Placement(new TensorEntry(name, dtype, shape), begin, end);
    }

    /// <summary>The data must be covered from its first to its last byte, without overlaps and holes.</summary>
    private static void CheckCoverage(List<Placement> tensors, long dataLength, string path)
    {
        long position = 0;
        foreach (Placement tensor in tensors)
        {
            if (tensor.Begin != position)
            {
                throw Broken(path, $"tensor '{tensor.Entry.Name}' begins at {tensor.Begin}, where {position} was expected (an overlap or a hole)");
            }

            position = tensor.End;
        }

        if (position != dataLength)
        {
            throw Broken(path, $"the tensors end at byte {position} of the data, which has {dataLength} bytes");
        }
    }

    private static InvalidDataException Broken(string path, string reason) =>
        new($"'{path}' is not a valid safetensors file: {reason}.");
}
