using System.Buffers.Binary;
using System.Text.Json;
using MLNetVision.Models.Common.Checkpoints.Files;
using MLNetVision.Models.Common.Checkpoints.Tensors;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;

/// <summary>The validated header of a safetensors file: an 8-byte little-endian length, then JSON, then the data.</summary>
/// <remarks>Format: https://huggingface.co/docs/safetensors. Every rule below is one that file format states.</remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The longest header that the format allows.</summary>
    public const int MaximumLength = 100_000_000;

    private const int LengthBytes = sizeof(ulong);
    private const int MaximumDimensions = 64; // as many as torch has
    private const int BytesPerTensor = 200; // the managed objects that stand for one tensor, its name apart

    private readonly Dictionary<string, Placement> _placements;

    /// <param name="Entry">The tensor; of one that cannot be read the element type means nothing.</param>
    /// <param name="Type">How its elements are stored.</param>
    /// <param name="Begin">Its first byte, counted from the data's begin.</param>
    /// <param name="End">The byte after its last.</param>
    public readonly record struct Placement(TensorEntry Entry, StoredType Type, long Begin, long End);

    private SafetensorsHeader(Dictionary<string, Placement> placements, Placement[] tensors, Dictionary<string, string> metadata, long dataOffset)
    {
        _placements = placements;
        Tensors = tensors;
        Metadata = metadata;
        DataOffset = dataOffset;
    }

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<Placement> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Where the data begins in the file; placements count from here.</summary>
    public long DataOffset { get; }

    /// <exception cref="KeyNotFoundException">There is no such tensor, or it cannot be read.</exception>
    public Placement Find(string name) =>
        _placements.TryGetValue(name, out Placement placement) && placement.Type.ReadAs is not null ? placement : throw new KeyNotFoundException($"The file has no tensor '{name}'.");

    /// <summary>Reads and validates the header of a file.</summary>
    /// <exception cref="InvalidDataException">The header breaks a rule of the format.</exception>
    public static SafetensorsHeader Read(MappedFile file)
    {
        if (file.Length < LengthBytes)
        {
            throw Broken(file.Path, $"the file has {file.Length} bytes, fewer than the {LengthBytes} of the header length");
        }

        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        file.Read(0, lengthBytes);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > MaximumLength || (long)length > file.Length - LengthBytes)
        {
            throw Broken(file.Path, $"the header length {length} is larger than the file ({file.Length} bytes) or than {MaximumLength}");
        }

        byte[] json = new byte[length];
        file.Read(LengthBytes, json);
        if (json is not [(byte)'{', ..])
        {
            throw Broken(file.Path, "the header does not begin with '{'");
        }

        try
        {
            return Parse(json, file);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"'{file.Path}' is not a valid safetensors file: its header is not the expected JSON. {e.Message}", e);
        }
    }

    // Token by token: a document model of a hostile header would take several times the file's size.
    private static SafetensorsHeader Parse(ReadOnlySpan<byte> json, MappedFile file)
    {
        var budget = new MemoryBudget(file.Length, file.Path);
        var placements = new Dictionary<string, Placement>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        bool metadataSeen = false;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        reader.Read();
        while (NextProperty(ref reader, out string name))
        {
            budget.Charge(BytesPerTensor + 2 * name.Length);
            bool isNew;
            if (name == "__metadata__")
            {
                isNew = !metadataSeen;
                metadataSeen = true;
                ReadMetadata(ref reader, metadata, budget);
            }
            else
            {
                isNew = placements.TryAdd(name, ReadPlacement(ref reader, name, file.Path));
            }

            if (!isNew)
            {
                throw Broken(file.Path, $"the name '{name}' occurs twice");
            }
        }

        reader.Read(); // only white space may follow: anything else throws
        Placement[] tensors = [.. placements.Values.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End)];
        long dataOffset = LengthBytes + json.Length;
        CheckCoverage(tensors, file.Length - dataOffset, file.Path);
        return new SafetensorsHeader(placements, tensors, metadata, dataOffset);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata, MemoryBudget budget)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextProperty(ref reader, out string name))
        {
            Expect(ref reader, JsonTokenType.String);
            string value = reader.GetString()!;
            budget.Charge(BytesPerTensor + 2 * (name.Length + value.Length));
            if (!metadata.TryAdd(name, value))
            {
                throw new FormatException($"The metadata name '{name}' occurs twice.");
            }
        }
    }

    private static Placement ReadPlacement(ref Utf8JsonReader reader, string name, string path)
    {
        string? dtypeName = null;
        long[]? shape = null;
        (long Begin, long End)? offsets = null;
        Span<long> integers = stackalloc long[MaximumDimensions];
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                CheckFirst(dtypeName is null, "dtype");
                Expect(ref reader, JsonTokenType.String);
                dtypeName = reader.GetString();
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                CheckFirst(shape is null, "shape");
                shape = integers[..ReadIntegers(ref reader, integers)].ToArray();
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                CheckFirst(offsets is null, "data_offsets");
                offsets = ReadIntegers(ref reader, integers) == 2 ? (integers[0], integers[1]) : throw Broken(path, $"tensor '{name}' has not two data offsets");
            }
            else
            {
                reader.Skip();
            }
        }

        if (dtypeName is null || shape is null || offsets is not (long begin, long end))
        {
            throw Broken(path, $"tensor '{name}' lacks a dtype, a shape or data offsets");
        }

        StoredType type = SafetensorsTypes.Parse(dtypeName);
        if (begin < 0 || end < begin)
        {
            throw Broken(path, $"tensor '{name}' lies nowhere: its data offsets are {begin} and {end}");
        }

        if (!TensorEntry.TryByteCount(shape, Math.Max(type.Size, 1), out long bytes))
        {
            throw Broken(path, $"the shape of tensor '{name}' has a negative size or is too large");
        }

        // How many bytes an element of another type has, and whether it has whole ones, nobody knows here.
        if (type.Size > 0 && end - begin != bytes)
        {
            throw Broken(path, $"tensor '{name}' needs {bytes} bytes, but its data offsets are {begin} and {end}");
        }

        return new Placement(new TensorEntry(name, type.ReadAs ?? default, shape), type, begin, end);

        void CheckFirst(bool isFirst, string field)
        {
            if (!isFirst)
            {
                throw Broken(path, $"tensor '{name}' has two fields '{field}'");
            }
        }
    }

    private static int ReadIntegers(ref Utf8JsonReader reader, scoped Span<long> integers)
    {
        int count = 0;
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count == integers.Length)
            {
                throw new FormatException($"A shape has more than {MaximumDimensions} dimensions.");
            }

            integers[count++] = reader.GetInt64();
        }

        return count;
    }

    private static bool NextProperty(ref Utf8JsonReader reader, out string name)
    {
        reader.Read();
        name = reader.TokenType == JsonTokenType.PropertyName ? reader.GetString()! : string.Empty;
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        reader.Read();
        if (reader.TokenType != type)
        {
            throw new FormatException($"{type} was expected at byte {reader.TokenStartIndex} of the header, {reader.TokenType} came.");
        }
    }

    /// <summary>The data must be covered from its first to its last byte, without overlaps and holes.</summary>
    private static void CheckCoverage(Placement[] tensors, long dataLength, string path)
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
