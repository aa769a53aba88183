using System.Buffers.Binary;
using System.Text;
using MLNetVision.Models.Common.Checkpoints.Files;

namespace MLNetVision.Models.Common.Checkpoints.Formats.Torch;

/// <summary>
/// Where the entries of a zip file lie. Only entries that are stored without compression, as torch writes them, have a
/// place that can be read directly.
/// </summary>
/// <remarks>Format: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3 (zip64).</remarks>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint Zip64LocatorSignature = 0x07064b50;
    private const uint Zip64EndSignature = 0x06064b50;
    private const uint EntrySignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;
    private const int EndLength = 22;
    private const int LocatorLength = 20;
    private const int Zip64EndLength = 56;
    private const int EntryLength = 46;
    private const int LocalLength = 30;
    private const int MaximumComment = ushort.MaxValue;
    private const int EntryCost = 160;

    private readonly MappedFile _file;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private readonly record struct Entry(long Compressed, long Length, long LocalOffset, ushort Method, bool IsEncrypted);

    private ZipDirectory(MappedFile file) => _file = file;

    public IEnumerable<string> Names => _entries.Keys;

    /// <exception cref="InvalidDataException">The file is not a zip file.</exception>
    public static ZipDirectory Read(MappedFile file, MemoryBudget budget)
    {
        var directory = new ZipDirectory(file);
        (long offset, long length) = directory.FindDirectory();
        if (offset < 0 || length < 0 || offset > file.Length - length || length > int.MaxValue)
        {
            throw directory.Broken("its directory lies outside the file");
        }

        byte[] bytes = new byte[length];
        file.Read(offset, bytes);
        directory.Parse(bytes, budget);
        return directory;
    }

    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>Where the content of an entry begins, and its length.</summary>
    /// <exception cref="InvalidDataException">There is no such entry, it is compressed or encrypted, or leaves the file.</exception>
    public (long Offset, long Length) Locate(string name)
    {
        if (!_entries.TryGetValue(name, out Entry entry))
        {
            throw Broken($"it has no entry '{name}'");
        }

        if (entry.Method != 0 || entry.IsEncrypted || entry.Compressed != entry.Length)
        {
            throw Broken($"its entry '{name}' is compressed or encrypted, which torch never writes");
        }

        Span<byte> header = stackalloc byte[LocalLength];
        _file.Read(entry.LocalOffset, header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature)
        {
            throw Broken($"its entry '{name}' does not begin where the directory says");
        }

        long offset = entry.LocalOffset + LocalLength
            + BinaryPrimitives.ReadUInt16LittleEndian(header[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        return offset <= _file.Length - entry.Length ? (offset, entry.Length) : throw Broken($"its entry '{name}' ends outside the file");
    }

    private (long Offset, long Length) FindDirectory()
    {
        int tailLength = (int)Math.Min(_file.Length, EndLength + MaximumComment);
        byte[] tail = new byte[tailLength];
        _file.Read(_file.Length - tailLength, tail);
        for (int i = tailLength - EndLength; i >= 0; i--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(i);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) == EndSignature
                && BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) == end.Length - EndLength)
            {
                return FindZip64Directory(_file.Length - tailLength + i)
                    ?? (BinaryPrimitives.ReadUInt32LittleEndian(end[16..]), BinaryPrimitives.ReadUInt32LittleEndian(end[12..]));
            }
        }

        throw Broken("it has no directory; it may have been cut off");
    }

    private (long Offset, long Length)? FindZip64Directory(long endOffset)
    {
        if (endOffset < LocatorLength)
        {
            return null;
        }

        Span<byte> locator = stackalloc byte[LocatorLength];
        _file.Read(endOffset - LocatorLength, locator);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != Zip64LocatorSignature)
        {
            return null;
        }

        Span<byte> end = stackalloc byte[Zip64EndLength];
        _file.Read(BinaryPrimitives.ReadInt64LittleEndian(locator[8..]), end);
        return BinaryPrimitives.ReadUInt32LittleEndian(end) == Zip64EndSignature
            ? (BinaryPrimitives.ReadInt64LittleEndian(end[48..]), BinaryPrimitives.ReadInt64LittleEndian(end[40..]))
            : throw Broken("its zip64 directory is not where it should be");
    }

    private void Parse(ReadOnlySpan<byte> bytes, MemoryBudget budget)
    {
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < EntryLength || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != EntrySignature)
            {
                throw Broken("its directory has something that is not an entry");
            }

            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]);
            int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[30..]);
            int commentLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[32..]);
            int total = EntryLength + nameLength + extraLength + commentLength;
            if (total > bytes.Length)
            {
                throw Broken("its directory ends within an entry");
            }

            budget.Charge(EntryCost + 2 * nameLength);
            string name = Encoding.UTF8.GetString(bytes.Slice(EntryLength, nameLength));
            if (!_entries.TryAdd(name, ParseEntry(bytes[..EntryLength], bytes.Slice(EntryLength + nameLength, extraLength), name)))
            {
                throw Broken($"it has two entries '{name}'");
            }

            bytes = bytes[total..];
        }
    }

    private Entry ParseEntry(ReadOnlySpan<byte> header, ReadOnlySpan<byte> extra, string name)
    {
        long compressed = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(header[42..]);
        ReadOnlySpan<byte> large = FindZip64Extra(extra);
        length = Widen(length, ref large, name);
        compressed = Widen(compressed, ref large, name);
        offset = Widen(offset, ref large, name);
        bool encrypted = (BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) & 1) != 0;
        return new Entry(compressed, length, offset, BinaryPrimitives.ReadUInt16LittleEndian(header[10..]), encrypted);
    }

    // A 32-bit field that is full stands for the next 64-bit field of the zip64 extra.
    private long Widen(long value, ref ReadOnlySpan<byte> large, string name)
    {
        if (value == uint.MaxValue)
        {
            if (large.Length < sizeof(long))
            {
                throw Broken($"its entry '{name}' lacks its 64-bit sizes");
            }

            value = BinaryPrimitives.ReadInt64LittleEndian(large);
            large = large[sizeof(long)..];
        }

        return value >= 0 && value <= _file.Length ? value : throw Broken($"its entry '{name}' lies outside the file");
    }

    private static ReadOnlySpan<byte> FindZip64Extra(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            ushort id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            int size = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]), extra.Length - 4);
            if (id == 1)
            {
                return extra.Slice(4, size);
            }

            extra = extra[(4 + size)..];
        }

        return default;
    }

    private InvalidDataException Broken(string reason) => new($"'{_file.Path}' is not a valid zip file, as torch.save and ML.NET write them: {reason}.");
}
