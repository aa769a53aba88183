using System.IO.MemoryMappedFiles;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using TorchSharp;

namespace MLNetVision.Models.Common.Checkpoints.Files;

/// <summary>
/// A file that is read by position. Large reads go through short-lived memory-mapped windows: as fast as one map of the
/// whole file, but the pages that were read do not stay in the process's resident memory beside the tensors.
/// </summary>
internal sealed class MappedFile : IDisposable
{
    private const int WindowSize = 4 << 20;

    // Below this, a read call is cheaper than mapping and unmapping.
    private const int SmallRead = 64 << 10;

    private readonly FileStream _stream;
    private readonly MemoryMappedFile? _map;

    private const int ElementsAtOnce = 64 * 1024; // beside the target, where they are widened

    private MappedFile(FileStream stream, string path)
    {
        _stream = stream;
        Path = path;
        Length = stream.Length;
        _map = Length == 0
            ? null // an empty file cannot be mapped
            : MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>Opens a file for shared reading; it may be renamed or deleted meanwhile.</summary>
    public static MappedFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.RandomAccess);
        try
        {
            return new MappedFile(stream, path);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Fills a span from the bytes at an offset.</summary>
    /// <exception cref="InvalidDataException">The file ends before.</exception>
    public void Read(long offset, Span<byte> target)
    {
        if (offset < 0 || offset > Length - target.Length)
        {
            throw new InvalidDataException($"'{Path}' has {Length} bytes; {target.Length} bytes at {offset} were expected.");
        }

        if (target.Length <= SmallRead)
        {
            ReadSmall(offset, target);
            return;
        }

        for (int done = 0; done < target.Length; done += WindowSize)
        {
            int count = Math.Min(WindowSize, target.Length - done);
            using MemoryMappedViewAccessor view = _map!.CreateViewAccessor(offset + done, count, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.ReadSpan((ulong)view.PointerOffset, target.Slice(done, count));
        }
    }

    /// <summary>Fills a span with elements, as the type that they are read as.</summary>
    /// <param name="offset">Where the first stored element begins.</param>
    /// <param name="type">How they are stored.</param>
    /// <param name="target">Takes them.</param>
    /// <exception cref="InvalidDataException">The file ends before, or a number does not fit.</exception>
    public void Read(long offset, StoredType type, Span<byte> target)
    {
        if (type.Widen is not { } widen)
        {
            Read(offset, target);
            return;
        }

        int size = TensorEntry.SizeOf(type.ReadAs!.Value);
        byte[] stored = new byte[Math.Min(ElementsAtOnce, target.Length / size) * type.Size];
        while (!target.IsEmpty)
        {
            Span<byte> piece = target[..Math.Min(target.Length, ElementsAtOnce * size)];
            Span<byte> bytes = stored.AsSpan(0, piece.Length / size * type.Size);
            Read(offset, bytes);
            widen(bytes, piece);
            offset += bytes.Length;
            target = target[piece.Length..];
        }
    }

    /// <summary>Fills a contiguous CPU tensor with elements, as the type that they are read as.</summary>
    /// <exception cref="InvalidDataException">The file ends before, or a number does not fit.</exception>
    public void Read(long offset, StoredType type, torch.Tensor target)
    {
        foreach ((torch.Tensor piece, long begin) in TensorBytes.Pieces(target))
        {
            Read(offset + begin / TensorEntry.SizeOf(type.ReadAs!.Value) * type.Size, type, piece.bytes);
        }
    }

    public void Dispose()
    {
        _map?.Dispose();
        _stream.Dispose();
    }

    private void ReadSmall(long offset, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            int count = RandomAccess.Read(_stream.SafeFileHandle, target, offset);
            if (count == 0)
            {
                throw new InvalidDataException($"'{Path}' was cut off at {offset} bytes while it was read.");
            }

            target = target[count..];
            offset += count;
        }
    }
}
