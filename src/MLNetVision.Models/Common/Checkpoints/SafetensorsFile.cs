using System.IO.MemoryMappedFiles;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints;

/// <summary>A safetensors file, mapped into memory: opening it reads the header only.</summary>
public sealed unsafe class SafetensorsFile : ICheckpoint
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _data;
    private readonly Dictionary<string, SafetensorsHeader.Placement> _placements;
    private bool _disposed;

    private SafetensorsFile(SafetensorsHeader header, MemoryMappedFile map, MemoryMappedViewAccessor view)
    {
        _map = map;
        _view = view;
        _placements = header.Tensors.ToDictionary(tensor => tensor.Entry.Name, StringComparer.Ordinal);
        Entries = [.. header.Tensors.Select(tensor => tensor.Entry)];
        Metadata = header.Metadata;
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _data = pointer + view.PointerOffset + header.DataOffset;
    }

    /// <inheritdoc/>
    public IReadOnlyList<TensorEntry> Entries { get; }

    /// <summary>The free text pairs of the header; transformers writes <c>format = pt</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens and validates a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The header is absurdly long, is not JSON, names a tensor twice, has an unsupported dtype, or its offsets overlap,
    /// leave holes, leave the file or do not fit the shapes.
    /// </exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        SafetensorsHeader header = SafetensorsHeader.Read(stream, path);
        var map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        return new SafetensorsFile(header, map, map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read));
    }

    /// <inheritdoc/>
    public torch.Tensor Read(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_placements.TryGetValue(name, out SafetensorsHeader.Placement placement))
        {
            throw new KeyNotFoundException($"The file has no tensor '{name}'.");
        }

        torch.Tensor tensor = torch.empty([.. placement.Entry.Shape], placement.Entry.DType);
        if (placement.End > placement.Begin)
        {
            TensorMemory.CopyFrom(tensor, _data + placement.Begin, placement.End - placement.Begin);
        }

        return tensor;
    }

    /// <summary>Unmaps the file; tensors that were read stay valid.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
