using System.Buffers.Binary;
using System.Text;

namespace MLNetVision.Models.Common.Native;

/// <summary>
/// Finds and weakens one symbol-version requirement of a 64-bit little-endian ELF shared library
/// (System V ABI, "Symbol Versioning": sections .gnu.version and .gnu.version_r).
/// </summary>
/// <remarks>
/// A weak requirement (<c>VER_FLG_WEAK</c>) lets the dynamic loader go on when the version is absent. That is
/// safe only when nothing is ever bound to the version, so <see cref="Weaken"/> insists that the only symbol with
/// that version is the expected marker and that no relocation refers to it.
/// </remarks>
internal static class ElfVersionRequirement
{
    private const uint SectionDynamicSymbols = 11;
    private const uint SectionRela = 4;
    private const uint SectionRel = 9;
    private const uint SectionVersionNeeded = 0x6ffffffe;
    private const uint SectionVersionSymbols = 0x6fffffff;
    private const ushort WeakFlag = 2;
    private const ushort VersionIndexMask = 0x7fff;

    private readonly record struct Section(uint Type, int Offset, int Size, int Link, int EntrySize);

    /// <summary>Returns a copy of <paramref name="library"/> in which the requirement is weak.</summary>
    /// <param name="library">The bytes of the shared library.</param>
    /// <param name="version">The version name, such as GLIBCXX_3.4.32.</param>
    /// <param name="marker">The one symbol that may carry the version.</param>
    /// <exception cref="InvalidDataException">
    /// The bytes are not such a library, do not ask for the version, bind another symbol to it, or hold a relocation
    /// that refers to the marker.
    /// </exception>
    public static byte[] Weaken(ReadOnlySpan<byte> library, string version, string marker)
    {
        try
        {
            return WeakenCore(library, version, marker);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("The ELF file is truncated or its section tables point outside of it.", e);
        }
    }

    private static byte[] WeakenCore(ReadOnlySpan<byte> library, string version, string marker)
    {
        Section[] sections = ReadSections(library);
        Section needed = Single(sections, SectionVersionNeeded, ".gnu.version_r");
        Section versions = Single(sections, SectionVersionSymbols, ".gnu.version");
        Section symbols = Single(sections, SectionDynamicSymbols, ".dynsym");

        (int flagsOffset, ushort versionIndex) = FindRequirement(library, needed, sections[needed.Link], version);
        uint markerIndex = FindMarker(library, versions, symbols, sections[symbols.Link], versionIndex, version, marker);
        foreach (Section section in sections)
        {
            if (section.Type is SectionRela or SectionRel && RefersTo(library, section, markerIndex))
            {
                throw new InvalidDataException($"A relocation refers to '{marker}' of version {version}, so the version is really needed.");
            }
        }

        byte[] copy = library.ToArray();
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(copy.AsSpan(flagsOffset));
        BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan(flagsOffset), (ushort)(flags | WeakFlag));
        return copy;
    }

    private static Section[] ReadSections(ReadOnlySpan<byte> library)
    {
        const int headerSize = 64;
        if (library.Length < headerSize || !library.StartsWith("\u007fELF"u8) || library[4] != 2 || library[5] != 1)
        {
            throw new InvalidDataException("Not a 64-bit little-endian ELF file.");
        }

        int tableOffset = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(library[0x28..]));
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(library[0x3a..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(library[0x3c..]);
        var sections = new Section[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = library.Slice(tableOffset + i * entrySize, headerSize);
            sections[i] = new Section(
                BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
                checked((int)BinaryPrimitives.ReadUInt64LittleEndian(entry[0x18..])),
                checked((int)BinaryPrimitives.ReadUInt64LittleEndian(entry[0x20..])),
                checked((int)BinaryPrimitives.ReadUInt32LittleEndian(entry[0x28..])),
                checked((int)BinaryPrimitives.ReadUInt64LittleEndian(entry[0x38..])));
        }

        return sections;
    }

    private static Section Single(Section[] sections, uint type, string name)
    {
        Section[] found = Array.FindAll(sections, s => s.Type == type);
        return found.Length == 1
            ? found[0]
            : throw new InvalidDataException($"Expected one {name} section in the ELF file, found {found.Length}.");
    }

    private static (int FlagsOffset, ushort VersionIndex) FindRequirement(
        ReadOnlySpan<byte> library, Section needed, Section names, string version)
    {
        int file = needed.Offset;
        while (true)
        {
            int auxiliaryCount = BinaryPrimitives.ReadUInt16LittleEndian(library[(file + 2)..]);
            int auxiliary = checked(file + (int)BinaryPrimitives.ReadUInt32LittleEndian(library[(file + 8)..]));
            for (int i = 0; i < auxiliaryCount; i++)
            {
                uint name = BinaryPrimitives.ReadUInt32LittleEndian(library[(auxiliary + 8)..]);
                if (NameAt(library, names, name) == version)
                {
                    ushort index = BinaryPrimitives.ReadUInt16LittleEndian(library[(auxiliary + 6)..]);
                    return (auxiliary + 4, (ushort)(index & VersionIndexMask));
                }

                auxiliary = checked(auxiliary + (int)BinaryPrimitives.ReadUInt32LittleEndian(library[(auxiliary + 12)..]));
            }

            uint next = BinaryPrimitives.ReadUInt32LittleEndian(library[(file + 12)..]);
            if (next == 0)
            {
                throw new InvalidDataException($"The library does not ask for {version}.");
            }

            file = checked(file + (int)next);
        }
    }

    private static uint FindMarker(
        ReadOnlySpan<byte> library, Section versions, Section symbols, Section names, ushort versionIndex, string version, string marker)
    {
        uint? found = null;
        for (int i = 0; i < versions.Size / 2; i++)
        {
            int index = BinaryPrimitives.ReadUInt16LittleEndian(library[(versions.Offset + 2 * i)..]) & VersionIndexMask;
            if (index != versionIndex)
            {
                continue;
            }

            uint nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(library[(symbols.Offset + i * symbols.EntrySize)..]);
            string name = NameAt(library, names, nameOffset);
            if (name != marker || found is not null)
            {
                throw new InvalidDataException($"Symbol '{name}' is bound to {version}; only '{marker}' was expected.");
            }

            found = (uint)i;
        }

        return found ?? throw new InvalidDataException($"No symbol is bound to {version}; '{marker}' was expected.");
    }

    private static bool RefersTo(ReadOnlySpan<byte> library, Section relocations, uint symbol)
    {
        for (int i = 0; i + relocations.EntrySize <= relocations.Size; i += relocations.EntrySize)
        {
            ulong info = BinaryPrimitives.ReadUInt64LittleEndian(library[(relocations.Offset + i + 8)..]);
            if ((uint)(info >> 32) == symbol)
            {
                return true;
            }
        }

        return false;
    }

    private static string NameAt(ReadOnlySpan<byte> library, Section names, uint offset)
    {
        ReadOnlySpan<byte> rest = library.Slice(names.Offset, names.Size)[checked((int)offset)..];
        int end = rest.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? rest : rest[..end]);
    }
}
