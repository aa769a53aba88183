using System.Text;
using MLNetVision.Models.Common.Checkpoints.Files;
using MLNetVision.Models.Common.Checkpoints.Formats.Pickle;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Torch;

/// <summary>
/// A state dict that Python's <c>torch.save</c> wrote (<c>.bin</c>, <c>.pth</c>, <c>.pt</c>), in its zip form or the
/// older one, or a pickle of numpy arrays (<c>.pkl</c>). Opening it reads the description only.
/// </summary>
/// <remarks>
/// <para>A pickle is a program for Python. Here nothing of it is executed: the instructions only build plain data, the
/// few names that describe tensors are known, and every other name is refused. Memory is bounded by the file's size.</para>
/// <para>The state dict may be the root, or lie under <c>model</c>, <c>state_dict</c> or <c>model_state_dict</c> beside
/// other things, which are left out. Views that are transposed, cut, or share a storage are read as the tensors that they
/// are. Element types: float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8 and bool; float8_e4m3fn and
/// float8_e5m2 are read as Float32, uint16, uint32 and uint64 as Int32 and Int64. What is complex, quantised or sparse stands
/// in <see cref="Unreadable"/>.</para>
/// </remarks>
public sealed class TorchFile : ICheckpoint
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly Encoding StrictLatin1 = Encoding.GetEncoding("iso-8859-1", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);

    private readonly MappedFile _file;
    private readonly Dictionary<string, Placement> _placements = new(StringComparer.Ordinal);

    private readonly record struct Placement(TensorEntry Entry, PickledTensor Tensor, long Offset);

    private TorchFile(MappedFile file)
    {
        _file = file;
        var budget = new MemoryBudget(file.Length, file.Path);
        (object? root, ITorchStorages storages) = IsZip(file) ? TorchZip.Read(file, budget) : TorchStream.Read(file, budget);
        var entries = new List<TensorEntry>();
        var unreadable = new List<UnreadableTensor>();
        StateDict state = StateDict.Find(root, file.Path);
        foreach ((string name, PickledTensor tensor) in state.Tensors)
        {
            if (tensor.Type.ReadAs is not { } dtype)
            {
                unreadable.Add(new UnreadableTensor(name, tensor.Type.Name));
                continue;
            }

            var entry = new TensorEntry(name, dtype, tensor.Shape);
            entries.Add(entry);
            _placements.Add(name, new Placement(entry, tensor, Locate(name, tensor, storages)));
        }

        Entries = entries;
        Unreadable = [.. unreadable, .. state.Others];
        Remarks = [.. WideTypes.Remarks(state.Tensors.Select(item => (item.Name, item.Tensor.Type)))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<TensorEntry> Entries { get; }

    /// <inheritdoc/>
    public IReadOnlyList<UnreadableTensor> Unreadable { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>Opens a file and validates its description of tensors against its size.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// It is not such a file, it is broken, it holds no state dict, or its pickle names something that is refused.
    /// </exception>
    public static TorchFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new TorchFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public torch.Tensor Read(string name)
    {
        Placement placement = Find(name);
        if (placement.Tensor.IsContiguous)
        {
            return ReadRange(placement, placement.Tensor.Shape);
        }

        using torch.Tensor range = ReadRange(placement, [placement.Tensor.Extent]);
        using torch.Tensor view = range.as_strided(placement.Tensor.Shape, placement.Tensor.Strides);
        return view.contiguous();
    }

    /// <inheritdoc/>
    public void ReadInto(string name, torch.Tensor target)
    {
        Placement placement = Find(name);
        TensorBytes.CheckShape(placement.Entry, target);
        if (placement.Tensor is { IsContiguous: true, Bytes: null } && TensorBytes.TakesBytesOf(target, placement.Entry.DType))
        {
            _file.Read(placement.Offset, placement.Tensor.Type, target);
            return;
        }

        using torch.Tensor stored = Read(name);
        using (torch.no_grad())
        {
            target.copy_(stored);
        }
    }

    /// <inheritdoc/>
    public void ReadBytes(string name, Span<byte> target)
    {
        Placement placement = Find(name);
        placement.Entry.CheckLength(target);
        if (placement.Tensor.IsContiguous)
        {
            ReadRange(placement, target);
            return;
        }

        var range = new byte[placement.Tensor.Extent * placement.Entry.ElementSize];
        ReadRange(placement, range);
        StridedBytes.Copy(range, placement.Tensor.Shape, placement.Tensor.Strides, placement.Entry.ElementSize, target);
    }

    /// <summary>Closes the file; tensors that were read stay valid.</summary>
    public void Dispose() => _file.Dispose();

    private static bool IsZip(MappedFile file)
    {
        Span<byte> signature = stackalloc byte[2];
        if (file.Length < signature.Length)
        {
            throw new InvalidDataException($"'{file.Path}' has {file.Length} bytes, too few for a checkpoint.");
        }

        file.Read(0, signature);
        return signature.SequenceEqual("PK"u8);
    }

    /// <summary>Where the first element lies; everything up to the last one must lie in the storage.</summary>
    private long Locate(string name, PickledTensor tensor, ITorchStorages storages)
    {
        long elementSize = tensor.Type.Size;
        if (tensor.Shape.Aggregate((Int128)elementSize, (product, size) => product * size) > _file.Length)
        {
            // A storage of one element can be expanded to any shape.
            throw new InvalidDataException($"'{_file.Path}': tensor '{name}' [{string.Join(", ", tensor.Shape)}] is larger than the file.");
        }

        if (tensor.Storage is null || tensor.Extent == 0)
        {
            return 0;
        }

        (long offset, long length) = storages.Locate(tensor.Storage);
        Int128 begin = (Int128)tensor.Storage.ViewOffset * tensor.Storage.ElementSize + (Int128)tensor.Offset * elementSize;
        return begin + (Int128)tensor.Extent * elementSize <= length
            ? offset + (long)begin
            : throw new InvalidDataException($"'{_file.Path}': tensor '{name}' reaches beyond its storage of {length} bytes.");
    }

    private torch.Tensor ReadRange(Placement placement, long[] shape)
    {
        torch.Tensor tensor = torch.empty(shape, placement.Entry.DType);
        if (placement.Tensor is { Extent: > 0, Bytes: null or { Inline: null, IsUtf8: false } })
        {
            _file.Read(placement.Tensor.Bytes?.Offset ?? placement.Offset, placement.Tensor.Type, tensor); // of any size
        }
        else
        {
            ReadRange(placement, placement.Tensor.Extent == 0 ? [] : tensor.bytes);
        }

        return tensor;
    }

    /// <summary>Reads everything from the first to the last element.</summary>
    private void ReadRange(Placement placement, Span<byte> target)
    {
        StoredType type = placement.Tensor.Type;
        if (placement.Tensor.Extent == 0)
        {
            return;
        }

        if (placement.Tensor.Bytes is null or { Inline: null, IsUtf8: false })
        {
            _file.Read(placement.Tensor.Bytes?.Offset ?? placement.Offset, type, target);
        }
        else if (type.Widen is { } widen)
        {
            byte[] stored = new byte[placement.Tensor.Extent * type.Size];
            ReadStored(placement, stored);
            widen(stored, target);
        }
        else
        {
            ReadStored(placement, target);
        }
    }

    /// <summary>Reads what stands in the pickle itself, as text or copied out of it.</summary>
    private void ReadStored(Placement placement, Span<byte> target)
    {
        if (placement.Tensor.Bytes is { Inline: { } inline })
        {
            inline.CopyTo(target);
        }
        else
        {
            DecodeLatin1(placement.Entry.Name, placement.Tensor.Bytes!, target);
        }
    }

    private void DecodeLatin1(string name, PickleBytes text, Span<byte> target)
    {
        byte[] utf8 = new byte[Math.Min(text.Length, 64 << 10)];
        char[] characters = new char[utf8.Length];
        Decoder decoder = StrictUtf8.GetDecoder();
        int written = 0;
        try
        {
            for (long done = 0; done < text.Length;)
            {
                int count = (int)Math.Min(utf8.Length, text.Length - done);
                _file.Read(text.Offset + done, utf8.AsSpan(0, count));
                done += count;
                int decoded = decoder.GetChars(utf8.AsSpan(0, count), characters, flush: done == text.Length);
                written += StrictLatin1.GetBytes(characters.AsSpan(0, decoded), target[written..]);
            }
        }
        catch (ArgumentException e)
        {
            // No UTF-8, a character beyond Latin-1, or too many of them.
            throw new InvalidDataException($"'{_file.Path}': the content of the array '{name}' is not {target.Length} bytes in Latin-1.", e);
        }

        if (written != target.Length)
        {
            throw new InvalidDataException($"'{_file.Path}': the content of the array '{name}' has {written} bytes instead of {target.Length}.");
        }
    }

    private Placement Find(string name) =>
        _placements.TryGetValue(name, out Placement placement) ? placement : throw new KeyNotFoundException($"The file has no tensor '{name}'.");
}
