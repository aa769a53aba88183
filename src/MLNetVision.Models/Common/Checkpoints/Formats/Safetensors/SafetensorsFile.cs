using MLNetVision.Models.Common.Checkpoints.Files;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Safetensors;

/// <summary>A safetensors file: opening it reads the header only, tensors are read through memory-mapped windows.</summary>
/// <remarks>
/// The types F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL are read as they are, F8_E4M3 and F8_E5M2 as Float32, U16 as Int32, U32 and U64 as
/// Int64, each with all its values. Tensors of other types stand in <see cref="Unreadable"/>; the others of their file can be read.
/// </remarks>
public sealed class SafetensorsFile : ICheckpoint
{
    private readonly MappedFile _file;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header)
    {
        _file = file;
        _header = header;
        Entries = [.. header.Tensors.Where(tensor => tensor.Type.ReadAs is not null).Select(tensor => tensor.Entry)];
        Unreadable = [.. header.Tensors.Where(tensor => tensor.Type.ReadAs is null).Select(tensor => new UnreadableTensor(tensor.Entry.Name, tensor.Type.Name))];
        Remarks = [.. WideTypes.Remarks(header.Tensors.Select(tensor => (tensor.Entry.Name, tensor.Type)))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<TensorEntry> Entries { get; }

    /// <inheritdoc/>
    public IReadOnlyList<UnreadableTensor> Unreadable { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>The free text pairs of the header; transformers writes <c>format = pt</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens and validates a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The header is absurdly long, is not JSON, names a tensor twice, or its offsets overlap,
    /// leave holes, leave the file or do not fit the shapes.
    /// </exception>
    public static SafetensorsFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new SafetensorsFile(file, SafetensorsHeader.Read(file));
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
        SafetensorsHeader.Placement placement = _header.Find(name);
        torch.Tensor tensor = torch.empty([.. placement.Entry.Shape], placement.Entry.DType);
        _file.Read(_header.DataOffset + placement.Begin, placement.Type, tensor);
        return tensor;
    }

    /// <inheritdoc/>
    public void ReadInto(string name, torch.Tensor target)
    {
        SafetensorsHeader.Placement placement = _header.Find(name);
        TensorBytes.CheckShape(placement.Entry, target);
        if (TensorBytes.TakesBytesOf(target, placement.Entry.DType))
        {
            _file.Read(_header.DataOffset + placement.Begin, placement.Type, target);
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
        SafetensorsHeader.Placement placement = _header.Find(name);
        placement.Entry.CheckLength(target);
        _file.Read(_header.DataOffset + placement.Begin, placement.Type, target);
    }

    /// <summary>Closes the file; tensors that were read stay valid.</summary>
    public void Dispose() => _file.Dispose();
}
